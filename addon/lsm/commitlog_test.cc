#include "lsm/commitlog.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "lsm/commitlog_replay.h"
#include "lsm/mutation_codec.h"
#include "lsm/random_rows.h"
#include "lsm/test_shard.h"

namespace ceto {
namespace {

using namespace lsm_test;

struct Told {
  DurabilityWaiter waiter;
  bool done = false;
  bool failed = false;
};

class CollectRecords final : public ReplayHandler {
 public:
  Status on_record(uint64_t position, Bytes record) override {
    EXPECT_GT(position, last_position);
    last_position = position;
    records.push_back(record.str());
    return {};
  }
  std::vector<std::string> records;
  uint64_t last_position = 0;
};

class CommitlogTest : public ::testing::Test {
 protected:
  CommitlogTest() : disk_(3), io_(std::make_unique<SimulatedIo>(disk_)), clock_(1'000'000) {
    config_.commitlog_directory = "/log";
    config_.commitlog_segment_bytes = 64 * 1024;
    EXPECT_TRUE(io_->make_directories(folder()).ok());
  }
  ~CommitlogTest() override {
    if (log_) close();
  }
  const std::string& folder() const { return folder_; }

  void open() {
    log_ = std::make_unique<Commitlog>(config_, *io_, clock_);
    ASSERT_TRUE(run(*io_, background_, log_->open({}, 0, {}, 1)).ok());
    settle();
  }
  // Reads back what is there and goes on behind it, as a start does.
  std::vector<std::string> reopen(ReplayStats& stats, const ReplayOptions& options = {}) {
    FoundSegments found = find();
    CollectRecords handler;
    auto end = run(
        *io_, background_,
        replay_log(
            *io_, found.written, [&](const FoundSegment&) { return &handler; }, options, stats));
    EXPECT_TRUE(end.ok()) << end.error().message;
    if (!end) return {};
    std::vector<SegmentFile> old;
    for (FoundSegment& segment : found.written) old.push_back(std::move(segment.file));
    log_ = std::make_unique<Commitlog>(config_, *io_, clock_);
    EXPECT_TRUE(
        run(*io_, background_, log_->open(std::move(old), end.value(), std::move(found.blank), 1))
            .ok());
    settle();
    return handler.records;
  }
  void close() {
    static_cast<void>(run(*io_, background_, log_->close()).ok());
    log_.reset();
  }
  CommitPosition append(const std::string& record) {
    while (!log_->reserve(record.size())) turn();
    uint8_t* to = log_->begin_record(record.size());
    std::memcpy(to, record.data(), record.size());
    return log_->end_record(to + record.size());
  }
  void expect(Told& told, CommitPosition position) {
    told.waiter.position = position;
    told.waiter.context = &told;
    told.waiter.on_durable = [](DurabilityWaiter& waiter, const Error* error) {
      Told& at = *static_cast<Told*>(waiter.context);
      at.done = true;
      at.failed = error != nullptr;
    };
    log_->await_durable(told.waiter);
  }
  void turn() {
    log_->end_turn();
    if (io_->in_flight() > 0) io_->wait();
  }
  void settle() {
    do turn();
    while (io_->in_flight() > 0);
  }
  FoundSegments find() {
    auto found = run(*io_, background_, find_segments(*io_, folder()));
    EXPECT_TRUE(found.ok());
    return std::move(found.value());
  }
  std::vector<std::string> replay(ReplayStats& stats, const ReplayOptions& options = {}) {
    CollectRecords handler;
    const FoundSegments found = find();
    auto end = run(
        *io_, background_,
        replay_log(
            *io_, found.written, [&](const FoundSegment&) { return &handler; }, options, stats));
    error_ = end.ok() ? "" : end.error().message;
    return handler.records;
  }

  SimulatedDisk disk_;
  std::unique_ptr<SimulatedIo> io_;
  ManualClock clock_;
  QueuedBackground background_;
  StoreConfig config_;
  std::unique_ptr<Commitlog> log_;
  std::string folder_ = shard_log_directory("/log", 0);
  std::string error_;  // of the last replay
};

TEST_F(CommitlogTest, everything_of_one_turn_leaves_in_one_write_and_one_sync) {
  open();
  settle();
  const CommitlogStats before = log_->stats();
  Told told[100];
  for (Told& one : told) expect(one, append(std::string(200, 'r')));
  settle();
  for (const Told& one : told) EXPECT_TRUE(one.done && !one.failed);
  EXPECT_EQ(log_->stats().writes - before.writes, 1u);
  EXPECT_EQ(log_->stats().syncs - before.syncs, 1u);
}

TEST_F(CommitlogTest, turns_before_the_start_touch_no_file) {
  open();
  append("kept");
  close();
  log_ = std::make_unique<Commitlog>(config_, *io_, clock_);
  for (int i = 0; i < 20; ++i) settle();
  EXPECT_EQ(log_->stats().failures, 0u);
  EXPECT_EQ(log_->failure(), nullptr);
  close();
  ReplayStats stats;
  EXPECT_EQ(replay(stats), std::vector<std::string>{"kept"});
}

TEST_F(CommitlogTest, what_arrives_during_a_write_goes_with_the_next) {
  open();
  settle();
  Told first;
  Told second;
  Told third;
  expect(first, append("first"));
  log_->end_turn();
  expect(second, append("second"));
  expect(third, append("third"));
  const uint64_t writes = log_->stats().writes;
  log_->end_turn();
  EXPECT_EQ(log_->stats().writes, writes);
  settle();
  settle();
  EXPECT_TRUE(first.done && second.done && third.done);
  EXPECT_EQ(log_->stats().writes, writes + 1);
}

TEST_F(CommitlogTest, records_of_any_size_read_back_over_segments) {
  open();
  std::mt19937_64 random(9);
  std::vector<std::string> written;
  for (int i = 0; i < 300; ++i) {
    const size_t size = 1 + random() % (i % 20 == 0 ? log_->max_record_bytes() : 900);
    written.emplace_back(size, static_cast<char>('a' + i % 26));
    append(written.back());
    if (random() % 3 == 0) settle();
  }
  close();
  ReplayStats stats;
  EXPECT_EQ(replay(stats), written);
  EXPECT_EQ(stats.skips.size(), 0u);
  EXPECT_GT(find().written.size(), 3u);
}

// Everything behind `cut` is gone: what a power cut leaves when nothing of it had been synced.
TEST_F(CommitlogTest, a_log_cut_at_any_sector_gives_a_whole_prefix) {
  config_.commitlog_segment_bytes = 256 * 1024;
  open();
  std::mt19937_64 random(4);
  std::vector<std::string> written;
  for (int i = 0; i < 60; ++i) {
    written.emplace_back(1 + random() % 1500, static_cast<char>('a' + i % 26));
    append(written.back());
    if (random() % 3 == 0) settle();
  }
  close();
  const FoundSegments found = find();
  ASSERT_EQ(found.written.size(), 1u);
  const std::string path = found.written[0].file.path;
  const std::string whole = io_->read_file(path).value();
  size_t before = 0;
  uint64_t torn = 0;
  for (size_t cut = kSegmentHeaderBytes; cut < whole.size(); cut += 512) {
    std::string content = whole;
    std::fill(content.begin() + static_cast<std::ptrdiff_t>(cut), content.end(), '\0');
    ASSERT_TRUE(io_->write_file(path, content, true).ok());
    ReplayStats stats;
    const std::vector<std::string> got = replay(stats);
    ASSERT_EQ(error_, "");
    ASSERT_GE(got.size(), before);
    ASSERT_TRUE(std::equal(got.begin(), got.end(), written.begin())) << "cut at " << cut;
    torn += stats.skips.size();
    before = got.size();
  }
  EXPECT_EQ(before, written.size());
  EXPECT_GT(torn, 10u);
}

TEST_F(CommitlogTest, a_flipped_bit_in_the_last_write_ends_the_replay_before_it) {
  open();
  for (int i = 0; i < 20; ++i) append(std::string(300, static_cast<char>('a' + i)));
  settle();
  disk_.crash(1);  // no end mark says that the write was on disk
  close();
  io_ = std::make_unique<SimulatedIo>(disk_);
  const std::string path = find().written[0].file.path;
  disk_.corrupt(path, kSegmentHeaderBytes + kRunHeaderBytes + 5 * 308 + 100);
  ReplayStats stats;
  EXPECT_EQ(replay(stats).size(), 5u);
  EXPECT_EQ(error_, "");
  ASSERT_EQ(stats.skips.size(), 1u);
  EXPECT_FALSE(stats.skips[0].damaged);
  EXPECT_EQ(stats.skips[0].offset, kSegmentHeaderBytes + kRunHeaderBytes + 5 * 308);
  EXPECT_EQ(stats.skips[0].bytes, 15u * 308);
}

TEST_F(CommitlogTest, a_flipped_bit_before_a_later_acknowledged_write_is_an_error) {
  open();
  for (int i = 0; i < 20; ++i) {
    append(std::string(300, static_cast<char>('a' + i)));
    if (i == 9) settle();
  }
  settle();
  close();
  const std::string path = find().written[0].file.path;
  const uint64_t offset = kSegmentHeaderBytes + kRunHeaderBytes + 5 * 308;
  disk_.corrupt(path, offset + 100);
  ReplayStats stats;
  EXPECT_EQ(replay(stats).size(), 5u);
  EXPECT_NE(error_.find(path + " at offset " + std::to_string(offset)), std::string::npos)
      << error_;
  // With the operator's leave it goes on behind the damaged run.
  ReplayStats passed;
  const std::vector<std::string> got = replay(passed, {true, false});
  EXPECT_EQ(error_, "");
  EXPECT_EQ(got.size(), 15u);
  EXPECT_EQ(got.back(), std::string(300, 't'));
  ASSERT_EQ(passed.skips.size(), 1u);
  EXPECT_TRUE(passed.skips[0].damaged);
}

TEST_F(CommitlogTest, after_a_clean_close_damage_to_the_last_write_is_an_error) {
  open();
  append("one");
  settle();
  append("two");
  settle();
  close();
  const std::string path = find().written[0].file.path;
  disk_.corrupt(path, 2 * kSegmentHeaderBytes + kRunHeaderBytes + kRecordHeaderBytes);
  ReplayStats stats;
  EXPECT_EQ(replay(stats), std::vector<std::string>{"one"});
  EXPECT_NE(error_.find("damaged"), std::string::npos) << error_;
}

TEST_F(CommitlogTest, every_flipped_bit_in_what_was_proved_to_be_on_disk_is_found) {
  open();
  std::vector<std::string> written;
  for (int i = 0; i < 150; ++i) {
    written.emplace_back(100 + 13 * i % 900, static_cast<char>('a' + i % 26));
    append(written.back());
    if (i % 10 == 0) settle();
  }
  close();
  const FoundSegments found = find();
  ASSERT_GE(found.written.size(), 2u);
  std::mt19937_64 random(6);
  uint64_t found_bad = 0;
  for (int round = 0; round < 300; ++round) {
    const std::string& path = found.written[random() % found.written.size()].file.path;
    const std::string whole = io_->read_file(path).value();
    const uint64_t at = random() % whole.size();
    disk_.corrupt(path, at, static_cast<uint8_t>(1u << random() % 8));
    ReplayStats stats;
    const std::vector<std::string> got = replay(stats);
    if (error_.empty()) {
      // Padding, the rest of the header's sector, or what was never written.
      ASSERT_EQ(got, written) << path << " at " << at;
    } else {
      ++found_bad;
      ASSERT_NE(error_.find("commit log damaged: "), std::string::npos) << error_;
    }
    ASSERT_TRUE(io_->write_file(path, whole, true).ok());
  }
  EXPECT_GT(found_bad, 50u);
}

TEST_F(CommitlogTest, a_segment_that_is_missing_in_the_middle_is_an_error) {
  open();
  for (int i = 0; i < 300; ++i) {
    append(std::string(1000, 'x'));
    if (i % 10 == 0) settle();
  }
  settle();
  close();
  const FoundSegments found = find();
  ASSERT_GE(found.written.size(), 3u);
  ASSERT_TRUE(io_->unlink(found.written[1].file.path).ok());
  ReplayStats stats;
  static_cast<void>(replay(stats));
  EXPECT_NE(error_.find("missing"), std::string::npos) << error_;
}

// A restore or a removal of the log's folder lies between: the second life's first segment says
// that nothing was before it.
TEST_F(CommitlogTest, an_archive_gives_what_several_lives_of_the_log_wrote) {
  std::vector<std::string> written;
  const auto write = [&](char letter) {
    for (int i = 0; i < 200; ++i) {
      written.push_back(std::string(1000, letter));
      append(written.back());
      if (i % 10 == 0) settle();
    }
    settle();
    close();
  };
  open();
  write('a');
  const FoundSegments first = find();
  ASSERT_GE(first.written.size(), 3u);
  log_ = std::make_unique<Commitlog>(config_, *io_, clock_);
  ASSERT_TRUE(run(*io_, background_, log_->open({}, 0, {}, 1'700'000'000)).ok());
  settle();
  write('b');

  const ReplayOptions archive{false, true, false};
  ReplayStats stats;
  EXPECT_EQ(replay(stats, archive), written);
  EXPECT_EQ(error_, "");
  EXPECT_TRUE(stats.skips.empty());

  // Damage within a life is found as ever.
  const std::string damaged = first.written[1].file.path;
  const std::string whole = io_->read_file(damaged).value();
  disk_.corrupt(damaged, 2 * kSegmentHeaderBytes + 500);
  ReplayStats broken;
  static_cast<void>(replay(broken, archive));
  EXPECT_NE(error_.find(damaged), std::string::npos) << error_;
  ASSERT_TRUE(io_->write_file(damaged, whole, true).ok());

  // Of a life's last segment nobody says how far it goes: what is cut in it is told, and no end.
  const std::string last = first.written.back().file.path;
  std::string content = io_->read_file(last).value();
  size_t last_run = 0;
  for (size_t at = kSegmentHeaderBytes; at < content.size();) {
    const auto header = load_run_header(Bytes(content).sub(at, kRunHeaderBytes));
    if (!header) break;
    if (header->length > 0) last_run = at;
    at = align_up(at + kRunHeaderBytes + header->length);
  }
  ASSERT_GT(last_run, 0u);
  std::fill(content.begin() + static_cast<ptrdiff_t>(last_run) + 500, content.end(), 'z');
  ASSERT_TRUE(io_->write_file(last, content, true).ok());
  ReplayStats cut;
  const std::vector<std::string> rest = replay(cut, archive);
  EXPECT_EQ(error_, "");
  EXPECT_EQ(cut.skips.size(), 1u);
  EXPECT_LT(rest.size(), written.size());
  EXPECT_EQ(std::ranges::count(rest, written.back()), 200);
}

TEST_F(CommitlogTest, a_tail_that_was_cut_once_stays_a_cut_tail) {
  open();
  append("first");
  settle();
  append(std::string(900, 'c'));
  settle();
  const std::string path = find().written[0].file.path;
  disk_.crash(7);
  close();
  io_ = std::make_unique<SimulatedIo>(disk_);
  disk_.corrupt(path, 2 * kSegmentHeaderBytes + 500);
  ReplayStats stats;
  EXPECT_EQ(reopen(stats), std::vector<std::string>{"first"});
  EXPECT_EQ(stats.skips.size(), 1u);
  append("second");
  settle();
  append("third");
  settle();
  close();
  ReplayStats again;
  EXPECT_EQ(replay(again), (std::vector<std::string>{"first", "second", "third"}));
  EXPECT_EQ(error_, "");
  EXPECT_TRUE(again.skips.empty());
}

// After a sync that failed the system takes for clean what is not on disk: it is read after a kill,
// and a sync of it succeeds.
TEST_F(CommitlogTest, what_a_failed_sync_left_in_memory_is_written_again_by_the_next_start) {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    open();
    append("first");
    settle();
    disk_.fail_next(IoRequest::Kind::kDataSync, EIO);
    append("second");
    log_->end_turn();
    while (log_->failures() == 0) io_->wait();
    disk_.kill();
    close();
    io_ = std::make_unique<SimulatedIo>(disk_);
    ReplayStats stats;
    EXPECT_EQ(reopen(stats), (std::vector<std::string>{"first", "second"}));
    append("third");
    settle();
    disk_.crash(seed);
    close();
    io_ = std::make_unique<SimulatedIo>(disk_);
    ReplayStats again;
    EXPECT_EQ(replay(again), (std::vector<std::string>{"first", "second", "third"})) << seed;
    EXPECT_EQ(error_, "") << seed;
    const auto names = io_->list(folder());
    for (const std::string& name : names.value()) {
      ASSERT_TRUE(io_->unlink(folder() + '/' + name).ok());
    }
  }
}

// Records are their own numbers, so that what is read back is told apart.
struct Mode {
  CommitlogSync sync;
  const char* name;
};
using SeededMode = std::tuple<Mode, uint64_t>;

class CommitlogModes : public CommitlogTest, public ::testing::WithParamInterface<SeededMode> {
 protected:
  static std::string record_of(uint32_t number, size_t padding) {
    std::string record(4 + padding, static_cast<char>('a' + number % 26));
    std::memcpy(record.data(), &number, 4);
    return record;
  }
  static uint32_t number_of(const std::string& record) {
    uint32_t number = 0;
    std::memcpy(&number, record.data(), 4);
    return number;
  }
  struct Acknowledgement {
    DurabilityWaiter waiter;
    std::vector<bool>* acknowledged = nullptr;
    uint32_t number = 0;
  };

  // A life of the log with a failing disk, until the power goes, it is killed or closed.
  void live(std::mt19937_64& random) {
    std::deque<Acknowledgement> waiting;
    const int steps = 20 + static_cast<int>(random() % 150);
    for (int i = 0; i < steps; ++i) {
      if (random() % 20 == 0) {
        disk_.set_faults(random() % 2 ? SimulatedFaults{0, 0.1, 0.2, 0.2} : SimulatedFaults{});
      }
      const std::string record = record_of(next_, random() % 2500);
      if (log_->reserve(record.size())) {
        uint8_t* const to = log_->begin_record(record.size());
        std::memcpy(to, record.data(), record.size());
        Acknowledgement& one = waiting.emplace_back();
        one.waiter.position = log_->end_record(to + record.size());
        one.acknowledged = &acknowledged_;
        one.number = next_++;
        acknowledged_.push_back(false);
        one.waiter.context = &one;
        one.waiter.on_durable = [](DurabilityWaiter& done, const Error* error) {
          auto& told = *static_cast<Acknowledgement*>(done.context);
          if (error == nullptr) (*told.acknowledged)[told.number] = true;
        };
        log_->await_durable(one.waiter);
      }
      if (random() % 3 == 0) log_->end_turn();
      if (random() % 2 == 0 && io_->in_flight() > 0) io_->wait();
      if (random() % 10 == 0) clock_.advance_micros(700'000);
    }
    const bool cut = random() % 3 != 0;
    const bool killed = !cut && random() % 2 == 0;
    if (cut) disk_.crash(random());
    if (killed) disk_.kill();
    disk_.set_faults({});
    close();
    if (cut || killed) io_ = std::make_unique<SimulatedIo>(disk_);
  }

  std::vector<bool> acknowledged_;
  uint32_t next_ = 0;
};

TEST_P(CommitlogModes, what_is_acknowledged_survives_failing_disks_and_power_cuts) {
  config_.commitlog_sync = std::get<Mode>(GetParam()).sync;
  config_.commitlog_sync_period_micros = 2'000'000;
  config_.commitlog_group_window_micros = 0;
  std::mt19937_64 random(std::get<uint64_t>(GetParam()));
  for (int life = 0; life < 4; ++life) {
    ReplayStats stats;
    const std::vector<std::string> got = reopen(stats);
    for (const ReplaySkip& skip : stats.skips) ASSERT_FALSE(skip.damaged) << skip.text();
    std::vector<bool> read(next_, false);
    int64_t last = -1;
    for (const std::string& record : got) {
      const uint32_t number = number_of(record);
      ASSERT_LT(number, next_);
      ASSERT_GT(int64_t{number}, last) << "record " << number << " twice, or out of order";
      ASSERT_EQ(record, record_of(number, record.size() - 4));
      read[number] = true;
      last = number;
    }
    for (uint32_t number = 0; number < next_; ++number) {
      ASSERT_TRUE(read[number] || !acknowledged_[number]) << "record " << number << " is lost";
    }
    live(random);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, CommitlogModes,
                         ::testing::Combine(::testing::Values(Mode{CommitlogSync::kGroup, "group"},
                                                              Mode{CommitlogSync::kBatch, "batch"},
                                                              Mode{CommitlogSync::kPeriodic,
                                                                   "periodic"}),
                                            ::testing::Range<uint64_t>(1, 41)),
                         [](const auto& made) {
                           return std::string(std::get<Mode>(made.param).name) + "_seed_" +
                                  std::to_string(std::get<uint64_t>(made.param));
                         });

TEST_F(CommitlogTest, segments_are_used_again_and_their_old_records_stay_dead) {
  open();
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 60; ++i) append(std::string(1000, static_cast<char>('a' + round)));
    settle();
    settle();
    log_->discard_below(UINT64_MAX);
  }
  append("last");
  settle();
  const auto names = io_->list(folder());
  ASSERT_TRUE(names.ok());
  EXPECT_LE(names.value().size(), 5u);
  close();
  ReplayStats stats;
  const std::vector<std::string> records = replay(stats);
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records.back(), "last");
  for (const std::string& record : records) EXPECT_TRUE(record == "last" || record[0] == 'l');
  EXPECT_EQ(stats.skips.size(), 0u);
}

TEST_F(CommitlogTest, a_segment_stays_while_an_older_one_is_needed) {
  open();
  const CommitPosition first = append("needed");
  for (int i = 0; i < 300; ++i) append(std::string(1000, 'x'));
  settle();
  settle();
  const uint64_t bytes = log_->bytes();
  log_->discard_below(first);
  EXPECT_EQ(log_->bytes(), bytes);
  log_->discard_below(UINT64_MAX);
  EXPECT_EQ(log_->bytes(), config_.commitlog_segment_bytes);
}

TEST_F(CommitlogTest, after_a_failed_write_or_sync_the_records_are_saved_in_a_new_segment) {
  for (const auto kind : {IoRequest::Kind::kWrite, IoRequest::Kind::kDataSync}) {
    open();
    Told before;
    expect(before, append("before"));
    settle();
    EXPECT_TRUE(before.done);
    disk_.fail_next(kind, EIO);
    Told told;
    const CommitPosition failed = append("saved");
    expect(told, failed);
    for (int i = 0; i < 20; ++i) settle();
    EXPECT_TRUE(told.done);
    EXPECT_FALSE(told.failed);
    EXPECT_EQ(log_->failure(), nullptr);
    EXPECT_EQ(log_->stats().failures, 1u);
    EXPECT_GT(segment_of(log_->last_position()), segment_of(failed));
    append("after");
    settle();
    close();
    ReplayStats stats;
    EXPECT_EQ(replay(stats), (std::vector<std::string>{"before", "saved", "after"}));
    EXPECT_EQ(error_, "");
    EXPECT_TRUE(stats.skips.empty());
    const auto names = io_->list(folder());
    for (const std::string& name : names.value()) {
      ASSERT_TRUE(io_->unlink(folder() + '/' + name).ok());
    }
    for (const SegmentFile& file : find().blank) ASSERT_TRUE(io_->unlink(file.path).ok());
  }
}

TEST_F(CommitlogTest, while_the_disk_fails_writes_are_refused_and_later_taken_again) {
  open();
  disk_.set_faults({0, 0, 0, 1});
  Told told;
  expect(told, append("unsure"));
  for (int i = 0; i < 50 && log_->failure() == nullptr; ++i) settle();
  ASSERT_NE(log_->failure(), nullptr);
  EXPECT_TRUE(told.failed);
  EXPECT_FALSE(log_->reserve(10));
  EXPECT_EQ(log_->refusal().code, ErrorCode::kIo);
  for (int i = 0; i < 5; ++i) {
    clock_.advance_micros(5'000'000);
    for (int turns = 0; turns < 10; ++turns) settle();
    EXPECT_NE(log_->failure(), nullptr);
  }
  disk_.set_faults({});
  for (int i = 0; i < 20 && log_->failure() != nullptr; ++i) {
    clock_.advance_micros(5'000'000);
    settle();
  }
  ASSERT_EQ(log_->failure(), nullptr);
  Told later;
  expect(later, append("later"));
  settle();
  EXPECT_TRUE(later.done && !later.failed);
  close();
  // A record whose writer was told of the failure may be there: nobody could say.
  ReplayStats stats;
  EXPECT_EQ(replay(stats), (std::vector<std::string>{"unsure", "later"}));
}

TEST_F(CommitlogTest, a_full_disk_refuses_writes_until_there_is_room) {
  open();
  disk_.set_capacity_bytes(disk_.used_bytes());
  std::vector<std::string> written;
  const std::string record(3000, 'r');
  // The segment in use and the one made ahead are allocated: they are filled first.
  for (int i = 0; i < 100 && log_->failure() == nullptr; ++i) {
    if (!log_->reserve(record.size())) {
      settle();
      continue;
    }
    Told told;
    expect(told, append(record));
    settle();
    ASSERT_TRUE(told.done && !told.failed);
    written.push_back(record);
  }
  ASSERT_NE(log_->failure(), nullptr);
  EXPECT_EQ(log_->failure()->code, ErrorCode::kDiskFull);
  EXPECT_GT(written.size(), 25u);
  EXPECT_NE(log_->next_wakeup_micros(), INT64_MAX);
  disk_.set_capacity_bytes(UINT64_MAX);
  for (int i = 0; i < 10 && log_->failure() != nullptr; ++i) {
    clock_.advance_micros(5'000'000);
    for (int turns = 0; turns < 10; ++turns) settle();
  }
  ASSERT_EQ(log_->failure(), nullptr);
  append("room");
  written.emplace_back("room");
  settle();
  close();
  ReplayStats stats;
  EXPECT_EQ(replay(stats), written);
}

TEST_F(CommitlogTest, a_segment_that_waits_for_archiving_is_not_given_up) {
  config_.commitlog_archiving = true;
  open();
  for (int i = 0; i < 200; ++i) append(std::string(1000, 'x'));
  for (int i = 0; i < 10; ++i) settle();
  const std::vector<SegmentFile> waiting = log_->to_archive(16);
  ASSERT_GE(waiting.size(), 2u);
  log_->discard_below(UINT64_MAX);
  settle();
  for (const SegmentFile& file : waiting) EXPECT_TRUE(io_->exists(file.path).value());
  // One that has another name somewhere is not used again: that would write over the archive's.
  ASSERT_TRUE(io_->make_directories("/archive").ok());
  ASSERT_TRUE(io_->link(waiting[0].path, "/archive/copy").ok());
  const std::string copy = io_->read_file("/archive/copy").value();
  for (const SegmentFile& file : waiting) log_->archived(file.id);
  EXPECT_TRUE(log_->to_archive(16).empty());
  log_->discard_below(UINT64_MAX);
  for (int i = 0; i < 10; ++i) settle();
  for (int i = 0; i < 500; ++i) append(std::string(1000, 'y'));
  for (int i = 0; i < 10; ++i) settle();
  for (const SegmentFile& file : waiting) EXPECT_FALSE(io_->exists(file.path).value());
  EXPECT_EQ(io_->read_file("/archive/copy").value(), copy);
}

TEST_F(CommitlogTest, periodic_writes_at_once_and_syncs_when_the_period_is_over) {
  config_.commitlog_sync = CommitlogSync::kPeriodic;
  config_.commitlog_sync_period_micros = 1'000'000;
  open();
  settle();
  const uint64_t syncs = log_->stats().syncs;
  append("one");
  settle();
  EXPECT_EQ(log_->stats().syncs, syncs);
  EXPECT_LE(log_->next_wakeup_micros(), clock_.monotonic_micros() + 1'000'000);
  clock_.advance_micros(1'000'000);
  settle();
  EXPECT_EQ(log_->stats().syncs, syncs + 1);
  EXPECT_EQ(log_->next_wakeup_micros(), INT64_MAX);
}

TEST_F(CommitlogTest, a_group_window_waits_for_company) {
  config_.commitlog_group_window_micros = 5'000;
  open();
  settle();
  Told told;
  expect(told, append("one"));
  settle();
  EXPECT_FALSE(told.done);
  EXPECT_EQ(log_->next_wakeup_micros(), clock_.monotonic_micros() + 5'000);
  clock_.advance_micros(5'000);
  settle();
  EXPECT_TRUE(told.done);
}

TEST(MutationCodec, random_updates_read_back) {
  const auto schema = KeyValueTable::make();
  constexpr uint64_t kSeed = 21;
  RandomRows random(*schema, kSeed, 10, 10, false);
  const TableModel model(*schema);
  for (int round = 0; round < 2000; ++round) {
    const PartitionUpdate& update = random.update(TestShard::kStartMicros, model);
    std::vector<uint8_t> bytes(max_mutation_bytes({&update, 1}));
    uint8_t* const end = encode_mutation({&update, 1}, bytes.data());
    ASSERT_LE(end, bytes.data() + bytes.size());
    Arena arena;
    const size_t size = static_cast<size_t>(end - bytes.data());
    auto decoded = decode_mutation({bytes.data(), size}, arena);
    ASSERT_TRUE(decoded.ok()) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(decoded.value().size(), 1u);
    LoggedUpdate& logged = decoded.value()[0];
    EXPECT_EQ(logged.table, schema->id);
    logged.update.table = schema.get();
    std::vector<uint8_t> again(max_mutation_bytes({&logged.update, 1}));
    uint8_t* const again_end = encode_mutation({&logged.update, 1}, again.data());
    ASSERT_EQ(Bytes(again.data(), static_cast<size_t>(again_end - again.data())),
              Bytes(bytes.data(), size));
    for (size_t cut = 0; cut < size; cut += 7) {
      Arena other;
      EXPECT_FALSE(decode_mutation({bytes.data(), cut}, other).ok());
    }
  }
}

}  // namespace
}  // namespace ceto
