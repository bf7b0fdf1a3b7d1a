#include "lsm/commitlog.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "lsm/commitlog_replay.h"
#include "lsm/mutation_codec.h"
#include "lsm/random_updates.h"
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
  static std::string folder() { return shard_log_directory("/log", 0); }

  void open(std::vector<SegmentFile> old = {}, std::vector<SegmentFile> spare = {}) {
    log_ = std::make_unique<Commitlog>(config_, *io_, clock_);
    ASSERT_TRUE(log_->open(std::move(old), std::move(spare), 1).ok());
  }
  void close() {
    static_cast<void>(run(*io_, background_, log_->close()).ok());
    log_.reset();
  }
  CommitPosition append(const std::string& record) {
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
  std::vector<std::string> replay(ReplayStats& stats) {
    CollectRecords handler;
    for (const FoundSegment& segment : find().written) {
      EXPECT_TRUE(run(*io_, background_, replay_segment(*io_, segment, handler, stats)).ok());
    }
    return handler.records;
  }

  SimulatedDisk disk_;
  std::unique_ptr<SimulatedIo> io_;
  ManualClock clock_;
  QueuedBackground background_;
  StoreConfig config_;
  std::unique_ptr<Commitlog> log_;
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
  EXPECT_EQ(stats.torn_segments, 0u);
  EXPECT_GT(find().written.size(), 3u);
}

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
    ASSERT_GE(got.size(), before);
    ASSERT_TRUE(std::equal(got.begin(), got.end(), written.begin())) << "cut at " << cut;
    torn += stats.torn_segments;
    before = got.size();
  }
  EXPECT_EQ(before, written.size());
  EXPECT_GT(torn, 10u);
}

TEST_F(CommitlogTest, a_flipped_bit_ends_the_replay_before_it) {
  open();
  for (int i = 0; i < 20; ++i) append(std::string(300, static_cast<char>('a' + i)));
  close();
  const std::string path = find().written[0].file.path;
  disk_.corrupt(path, kSegmentHeaderBytes + 5 * 312 + 100);
  ReplayStats stats;
  EXPECT_EQ(replay(stats).size(), 5u);
  EXPECT_EQ(stats.torn_segments, 1u);
}

TEST_F(CommitlogTest, what_is_acknowledged_survives_any_crash) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimulatedDisk disk(seed);
    SimulatedIo io(disk);
    ASSERT_TRUE(io.make_directories(folder()).ok());
    std::mt19937_64 random(seed);
    Commitlog log(config_, io, clock_);
    ASSERT_TRUE(log.open({}, {}, 1).ok());
    std::deque<Told> told;
    std::vector<std::string> written;
    for (int i = 0; i < 200; ++i) {
      written.emplace_back(1 + random() % 2000, static_cast<char>('a' + i % 26));
      uint8_t* to = log.begin_record(written.back().size());
      std::memcpy(to, written.back().data(), written.back().size());
      Told& one = told.emplace_back();
      one.waiter.position = log.end_record(to + written.back().size());
      one.waiter.context = &one;
      one.waiter.on_durable = [](DurabilityWaiter& waiter, const Error* error) {
        static_cast<Told*>(waiter.context)->done = error == nullptr;
      };
      log.await_durable(one.waiter);
      if (random() % 3 == 0) log.end_turn();
      if (random() % 2 == 0 && io.in_flight() > 0) io.reap();
    }
    size_t acknowledged = 0;
    for (const Told& one : told) acknowledged += one.done ? 1 : 0;
    disk.crash(random());
    static_cast<void>(run(io, background_, log.close()).ok());
    SimulatedIo after(disk);
    auto found = run(after, background_, find_segments(after, folder()));
    ASSERT_TRUE(found.ok());
    CollectRecords handler;
    ReplayStats stats;
    for (const FoundSegment& segment : found.value().written) {
      ASSERT_TRUE(run(after, background_, replay_segment(after, segment, handler, stats)).ok());
    }
    ASSERT_GE(handler.records.size(), acknowledged);
    ASSERT_TRUE(std::equal(written.begin(),
                           written.begin() + static_cast<std::ptrdiff_t>(acknowledged),
                           handler.records.begin()));
  }
}

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
  EXPECT_EQ(stats.torn_segments, 0u);
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

TEST_F(CommitlogTest, a_failed_write_is_told_and_nothing_is_acknowledged_after_it) {
  open();
  settle();
  disk_.fail_next(IoRequest::Kind::kWrite, 5);
  Told told;
  expect(told, append("lost"));
  settle();
  EXPECT_TRUE(told.done);
  EXPECT_TRUE(told.failed);
  EXPECT_NE(log_->failure(), nullptr);
  Told later;
  expect(later, append("later"));
  EXPECT_TRUE(later.failed);
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
  RandomUpdates random(*schema, kSeed, 10, 10);
  for (int round = 0; round < 2000; ++round) {
    UpdateBuilder builder(*schema, random.key());
    random.fill(builder, TestShard::kStartMicros);
    const PartitionUpdate& update = builder.update();
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
