// What only the simulated disk can do: crashes, faults, and requests that take their time.
#include "io/simulated_io.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <set>

#include "io/run_to_end.h"

namespace ceto {
namespace {

constexpr uint64_t kSeeds = 300;

AlignedBuffer filled(size_t size, uint8_t byte) {
  AlignedBuffer buffer(size);
  std::memset(buffer.data(), byte, buffer.size());
  return buffer;
}

Task<int32_t> write_task(Io& io, int fd, const AlignedBuffer& from, uint64_t offset) {
  co_return co_await io.write(fd, from.data(), static_cast<uint32_t>(from.size()), offset);
}
Task<int32_t> read_task(Io& io, int fd, AlignedBuffer& to, uint64_t offset) {
  co_return co_await io.read(fd, to.data(), static_cast<uint32_t>(to.size()), offset);
}
Task<int32_t> sync_task(Io& io, int fd) { co_return co_await io.data_sync(fd); }

int32_t write(Io& io, int fd, const AlignedBuffer& from, uint64_t offset) {
  return run_to_end(io, write_task(io, fd, from, offset));
}
int32_t sync(Io& io, int fd) { return run_to_end(io, sync_task(io, fd)); }

// A file "f" of one synced page of 'a' whose name is safe.
int safe_file(Io& io) {
  const int fd = io.open("f", Io::Open::kCreate).value();
  CETO_ASSERT(write(io, fd, filled(4096, 'a'), 0) == 4096);
  CETO_ASSERT(sync(io, fd) == 0);
  CETO_ASSERT(io.sync_directory("").ok());
  return fd;
}

std::string content_after_crash(SimulatedDisk& disk, uint64_t seed, const std::string& path) {
  disk.crash(seed);
  SimulatedIo io(disk);
  return io.read_file(path).value();
}

TEST(SimulatedDisk, synced_writes_and_names_survive_every_crash) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    safe_file(io);
    EXPECT_EQ(content_after_crash(disk, seed, "f"), std::string(4096, 'a')) << "seed " << seed;
  }
}

TEST(SimulatedDisk, an_unsynced_write_survives_whole_in_part_or_not_at_all) {
  std::set<size_t> surviving_sectors;
  bool any_order = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    EXPECT_EQ(write(io, fd, filled(4096, 'b'), 0), 4096);
    const std::string content = content_after_crash(disk, seed, "f");
    ASSERT_EQ(content.size(), 4096u);
    size_t sectors = 0;
    bool gap = false;
    for (size_t at = 0; at < 4096; at += SimulatedDisk::kSectorBytes) {
      const std::string sector = content.substr(at, SimulatedDisk::kSectorBytes);
      ASSERT_EQ(sector, std::string(sector.size(), sector[0])) << "a sector is never torn";
      any_order |= sector[0] == 'b' && gap;
      gap |= sector[0] == 'a';
      sectors += sector[0] == 'b';
    }
    surviving_sectors.insert(sectors);
  }
  EXPECT_TRUE(surviving_sectors.contains(0));
  EXPECT_TRUE(surviving_sectors.contains(8));
  EXPECT_GT(surviving_sectors.size(), 5u);
  EXPECT_TRUE(any_order) << "later sectors may survive without earlier ones";
}

TEST(SimulatedDisk, of_two_unsynced_writes_the_later_may_survive_alone) {
  bool seen = false;
  for (uint64_t seed = 0; seed < kSeeds && !seen; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    EXPECT_EQ(write(io, fd, filled(4096, 'b'), 0), 4096);
    EXPECT_EQ(write(io, fd, filled(4096, 'c'), 4096), 4096);
    const std::string content = content_after_crash(disk, seed, "f");
    seen = content == std::string(4096, 'a') + std::string(4096, 'c');
  }
  EXPECT_TRUE(seen);
}

TEST(SimulatedDisk, a_sync_covers_only_what_had_completed_when_it_was_submitted) {
  bool lost = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    const AlignedBuffer buffer = filled(4096, 'b');
    IoRequest late{IoRequest::Kind::kWrite, fd, const_cast<uint8_t*>(buffer.data()), 4096, 0};
    late.on_complete = [](IoRequest&) {};
    io.submit(late);
    EXPECT_EQ(sync(io, fd), 0);
    while (io.in_flight() > 0) io.wait();
    lost |= content_after_crash(disk, seed, "f") != std::string(4096, 'b');
  }
  EXPECT_TRUE(lost);
}

TEST(SimulatedDisk, what_is_in_flight_at_a_crash_fails_and_may_be_on_the_disk) {
  std::set<char> first_bytes;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    const AlignedBuffer buffer = filled(4096, 'b');
    IoRequest request{IoRequest::Kind::kWrite, fd, const_cast<uint8_t*>(buffer.data()), 4096, 0};
    request.on_complete = [](IoRequest&) {};
    io.submit(request);
    io.flush();
    first_bytes.insert(content_after_crash(disk, seed, "f")[0]);
    EXPECT_EQ(io.in_flight(), 1u);
    io.wait();
    EXPECT_EQ(request.result, -EIO);
    EXPECT_EQ(write(io, fd, buffer, 0), -EIO);
    EXPECT_FALSE(io.read_file("f").ok()) << "the old Io stays dead";
  }
  EXPECT_EQ(first_bytes, (std::set<char>{'a', 'b'}));
}

TEST(SimulatedDisk, a_name_is_safe_only_after_its_directory_was_synced) {
  size_t survived = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    ASSERT_TRUE(io.make_directories("d").ok());
    ASSERT_TRUE(io.write_file("d/x", "x", true).ok());
    disk.crash(seed);
    SimulatedIo after(disk);
    EXPECT_TRUE(after.exists("d").value());
    survived += after.exists("d/x").value();
  }
  EXPECT_GT(survived, 0u);
  EXPECT_LT(survived, kSeeds);
}

TEST(SimulatedDisk, a_rename_is_all_or_nothing_and_replaces_its_target) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    ASSERT_TRUE(io.make_directories("one").ok());
    ASSERT_TRUE(io.make_directories("two").ok());
    ASSERT_TRUE(io.write_file("one/new", "new", true).ok());
    ASSERT_TRUE(io.write_file("two/old", "old", true).ok());
    ASSERT_TRUE(io.sync_directory("one").ok());
    ASSERT_TRUE(io.sync_directory("two").ok());
    ASSERT_TRUE(io.rename("one/new", "two/old").ok());
    const bool synced = seed % 2 == 0;
    if (synced) {
      ASSERT_TRUE(io.sync_directory("two").ok());
    }
    disk.crash(seed);
    SimulatedIo after(disk);
    const std::string content = after.read_file("two/old").value();
    EXPECT_EQ(after.exists("one/new").value(), content == "old") << "seed " << seed;
    if (synced) {
      EXPECT_EQ(content, "new");
    }
    outcomes.insert(content);
  }
  EXPECT_EQ(outcomes.size(), 2u);
}

struct Order {
  std::vector<int> completed;
  struct Entry {
    Order* order;
    int index;
    IoRequest request;
  };
  std::vector<Entry> entries;
};

TEST(SimulatedIo, requests_complete_out_of_order_and_the_same_seed_repeats_the_order) {
  std::set<std::vector<int>> orders;
  for (const uint64_t seed : {1, 2, 3, 1}) {
    SimulatedDisk disk(seed);
    disk.set_max_delay(10);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    AlignedBuffer buffer(4096);
    Order order;
    for (int i = 0; i < 20; ++i) {
      order.entries.push_back({&order, i, {IoRequest::Kind::kRead, fd, buffer.data(), 4096, 0}});
    }
    for (Order::Entry& entry : order.entries) {
      entry.request.context = &entry;
      entry.request.on_complete = [](IoRequest& request) {
        auto* done = static_cast<Order::Entry*>(request.context);
        done->order->completed.push_back(done->index);
      };
      io.submit(entry.request);
    }
    while (io.in_flight() > 0) io.wait();
    EXPECT_EQ(order.completed.size(), 20u);
    EXPECT_FALSE(std::ranges::is_sorted(order.completed));
    orders.insert(order.completed);
  }
  EXPECT_EQ(orders.size(), 3u);
}

TEST(SimulatedIo, planned_and_random_faults_reach_their_requests) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  const int fd = safe_file(io);
  disk.fail_next(IoRequest::Kind::kDataSync, EIO);
  EXPECT_EQ(sync(io, fd), -EIO);
  EXPECT_EQ(sync(io, fd), 0);
  disk.set_faults({.read_error = 0.5});
  AlignedBuffer buffer(4096);
  int failures = 0;
  for (int i = 0; i < 200; ++i) failures += run_to_end(io, read_task(io, fd, buffer, 0)) == -EIO;
  EXPECT_GT(failures, 50);
  EXPECT_LT(failures, 150);
  disk.set_faults({.short_write = 1});
  EXPECT_EQ(write(io, fd, filled(16384, 'x'), 0), 8192);
}

TEST(SimulatedIo, operations_fail_by_their_number) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  const int fd = safe_file(io);
  disk.fail_operations(2, 2);
  EXPECT_EQ(write(io, fd, filled(4096, 'b'), 0), 4096);
  EXPECT_EQ(sync(io, fd), -EIO);
  EXPECT_FALSE(io.rename("f", "g").ok());
  EXPECT_TRUE(io.rename("f", "g").ok());
  EXPECT_EQ(disk.keep_working(), 2u);
  disk.fail_operations(1, 10);
  EXPECT_FALSE(io.rename("g", "f").ok());
  EXPECT_EQ(disk.keep_working(), 1u);
  EXPECT_TRUE(io.rename("g", "f").ok());
  EXPECT_EQ(disk.keep_working(), 0u);
}

TEST(SimulatedIo, a_failed_sync_makes_nothing_safe) {
  bool lost = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    EXPECT_EQ(write(io, fd, filled(4096, 'b'), 0), 4096);
    disk.fail_next(IoRequest::Kind::kDataSync, EIO);
    EXPECT_EQ(sync(io, fd), -EIO);
    lost |= content_after_crash(disk, seed, "f") == std::string(4096, 'a');
  }
  EXPECT_TRUE(lost);
}

TEST(SimulatedIo, what_a_failed_sync_was_to_save_may_be_lost_though_the_next_sync_succeeds) {
  std::set<char> survived;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    EXPECT_EQ(write(io, fd, filled(4096, 'b'), 0), 4096);
    disk.fail_next(IoRequest::Kind::kDataSync, EIO);
    EXPECT_EQ(sync(io, fd), -EIO);
    EXPECT_EQ(sync(io, fd), 0);
    EXPECT_EQ(io.read_file("f").value()[0], 'b') << "the kernel still has it";
    survived.insert(content_after_crash(disk, seed, "f")[0]);
  }
  EXPECT_EQ(survived, (std::set<char>{'a', 'b'}));
}

TEST(SimulatedIo, a_failed_write_may_have_moved_its_first_part) {
  std::set<size_t> written;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    disk.fail_next(IoRequest::Kind::kWrite, EIO);
    EXPECT_EQ(write(io, fd, filled(16384, 'b'), 0), -EIO);
    const std::string content = io.read_file("f").value();
    const auto end = std::ranges::find(content, 'a');
    EXPECT_EQ(std::string(end, content.end()), std::string(content.end() - end, 'a'));
    written.insert(static_cast<size_t>(end - content.begin()));
  }
  EXPECT_GE(written.size(), 4u);
}

TEST(SimulatedIo, names_fail_by_chance_and_a_failed_directory_sync_saves_some_of_them) {
  std::set<size_t> safe;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(io.write_file(name, "x", true).ok());
    disk.set_faults({.name_error = 1});
    EXPECT_EQ(io.rename("a", "d").error().code, ErrorCode::kIo);
    EXPECT_FALSE(io.sync_directory("").ok());
    disk.set_faults({});
    EXPECT_TRUE(io.exists("a").value());
    size_t count = 0;
    for (const char* name : {"a", "b", "c"}) count += disk.safe_content(name).has_value();
    safe.insert(count);
  }
  EXPECT_EQ(safe, (std::set<size_t>{0, 1, 2, 3}));
}

TEST(SimulatedIo, lost_and_misdirected_writes_and_rotten_reads_are_reported_as_done) {
  bool elsewhere = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    ASSERT_TRUE(io.write_file("g", std::string(8192, 'g'), true).ok());
    disk.set_faults({.lost_write = 1});
    EXPECT_EQ(write(io, fd, filled(4096, 'b'), 0), 4096);
    EXPECT_EQ(io.read_file("f").value(), std::string(4096, 'a'));
    disk.set_faults({.misdirected_write = 1});
    EXPECT_EQ(write(io, fd, filled(512 * 8, 'b'), 0), 4096);
    disk.set_faults({});
    const std::string both = io.read_file("f").value() + io.read_file("g").value();
    EXPECT_EQ(both.size(), 4096u + 8192u) << "a file keeps its size";
    elsewhere |= io.read_file("g").value().find('b') != std::string::npos;
    disk.set_faults({.rotten_read = 1});
    AlignedBuffer buffer(4096);
    const std::string on_disk = io.read_file("f").value();
    EXPECT_EQ(run_to_end(io, read_task(io, fd, buffer, 0)), 4096);
    size_t wrong = 0;
    for (size_t i = 0; i < 4096; ++i) {
      wrong += static_cast<size_t>(
          std::popcount(static_cast<uint8_t>(buffer.data()[i] ^ static_cast<uint8_t>(on_disk[i]))));
    }
    EXPECT_EQ(wrong, 1u);
    EXPECT_EQ(io.read_file("f").value(), on_disk);
  }
  EXPECT_TRUE(elsewhere);
}

TEST(SimulatedIo, a_full_disk_may_be_found_at_any_growth) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  const int fd = safe_file(io);
  disk.set_faults({.no_space = 1});
  EXPECT_EQ(write(io, fd, filled(4096, 'b'), 0), 4096) << "overwriting needs no room";
  EXPECT_EQ(write(io, fd, filled(4096, 'b'), 4096), -ENOSPC);
  EXPECT_FALSE(io.allocate(fd, 1 << 20).ok());
  EXPECT_FALSE(io.write_file("g", "content", true).ok());
}

TEST(SimulatedIo, a_latency_spike_delays_one_request_past_others) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  const int fd = safe_file(io);
  AlignedBuffer buffer(4096);
  disk.set_faults({.slow = 1});
  IoRequest slow{IoRequest::Kind::kRead, fd, buffer.data(), 4096, 0};
  slow.on_complete = [](IoRequest&) {};
  io.submit(slow);
  io.flush();
  disk.set_faults({});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(run_to_end(io, read_task(io, fd, buffer, 0)), 4096);
  EXPECT_EQ(io.in_flight(), 1u);
  io.wait();
  EXPECT_EQ(slow.result, 4096);
}

TEST(SimulatedDisk, the_power_can_go_between_any_two_operations) {
  std::set<size_t> names;
  for (uint64_t cut = 1; cut < 40; ++cut) {
    SimulatedDisk disk(cut);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    disk.cut_power_after(cut);
    Status done;
    for (const char* name : {"a", "b", "c", "d"}) {
      if (done) done = io.write_file(name, "x", true);
      if (done) done = io.sync_directory("");
    }
    const bool lost = write(io, fd, filled(4096, 'b'), 0) != 4096 || sync(io, fd) != 0;
    EXPECT_EQ(disk.has_power(), !lost);
    if (!lost) {
      disk.keep_power();
      EXPECT_EQ(content_after_crash(disk, cut, "f")[0], 'b');
      continue;
    }
    EXPECT_FALSE(io.exists("f").ok());
    disk.crash(cut);
    EXPECT_TRUE(disk.has_power());
    SimulatedIo after(disk);
    names.insert(after.list("").value().size());
  }
  EXPECT_EQ(names, (std::set<size_t>{1, 2, 3, 4, 5}));
}

TEST(SimulatedDisk, a_killed_process_loses_nothing_that_the_kernel_had) {
  std::set<char> in_flight;
  std::set<char> after_crash;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    const int fd = safe_file(io);
    EXPECT_EQ(write(io, fd, filled(4096, 'b'), 4096), 4096);
    ASSERT_TRUE(io.write_file("g", "new", false).ok());
    const AlignedBuffer buffer = filled(4096, 'c');
    IoRequest request{IoRequest::Kind::kWrite, fd, const_cast<uint8_t*>(buffer.data()), 4096, 0};
    request.on_complete = [](IoRequest&) {};
    io.submit(request);
    io.flush();
    disk.kill();
    io.wait();
    EXPECT_EQ(request.result, -EIO);
    EXPECT_FALSE(io.exists("f").ok());
    SimulatedIo after(disk);
    EXPECT_EQ(after.read_file("g").value(), "new");
    const std::string content = after.read_file("f").value();
    EXPECT_EQ(content[4096], 'b');
    in_flight.insert(content[0]);
    disk.crash(seed);
    SimulatedIo later(disk);
    after_crash.insert(later.read_file("f").value().size() > 4096 ? 'b' : 'a');
  }
  EXPECT_EQ(in_flight, (std::set<char>{'a', 'c'}));
  EXPECT_EQ(after_crash, (std::set<char>{'a', 'b'})) << "it was never safe";
}

TEST(SimulatedIo, a_full_disk_takes_what_fits) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  const int fd = safe_file(io);
  disk.set_capacity_bytes(12288);
  EXPECT_FALSE(io.allocate(fd, 16384).ok());
  EXPECT_EQ(write(io, fd, filled(16384, 'b'), 4096), 8192);
  EXPECT_EQ(write(io, fd, filled(4096, 'c'), 12288), -ENOSPC);
  EXPECT_EQ(write(io, fd, filled(4096, 'd'), 0), 4096) << "overwriting needs no room";
  EXPECT_EQ(disk.used_bytes(), 12288u);
  EXPECT_EQ(io.free_bytes("/").value(), 0u);
  disk.set_capacity_bytes(20480);
  EXPECT_EQ(io.free_bytes("/").value(), 8192u);
}

TEST(SimulatedIo, rot_flips_a_bit_that_stays_flipped) {
  SimulatedDisk disk(1);
  SimulatedIo io(disk);
  safe_file(io);
  disk.corrupt("f", 100, 0x02);
  EXPECT_EQ(io.read_file("f").value()[100], 'c');
  EXPECT_EQ(content_after_crash(disk, 5, "f")[100], 'c');
}

}  // namespace
}  // namespace ceto
