#include "binding/config_from_js.h"

#include <algorithm>
#include <string>

#include "lsm/compaction/space.h"

namespace ceto {

namespace {

class Fields {
 public:
  explicit Fields(const Napi::Object& from) : from_(from) {}

  bool ok() const { return ok_; }

  template <class T>
  void number(const char* name, T& to) {
    const Napi::Value value = get(name);
    if (!ok_) return;
    if (!value.IsNumber()) return fail(name, "a number");
    to = static_cast<T>(value.As<Napi::Number>().DoubleValue());
  }
  // Whole numbers beyond what a double holds come as BigInt.
  template <class T>
  void whole(const char* name, T& to) {
    const Napi::Value value = get(name);
    if (!ok_) return;
    if (!value.IsBigInt()) return fail(name, "a bigint");
    bool lossless = false;
    to = static_cast<T>(value.As<Napi::BigInt>().Int64Value(&lossless));
  }
  void boolean(const char* name, bool& to) {
    const Napi::Value value = get(name);
    if (!ok_) return;
    if (!value.IsBoolean()) return fail(name, "a boolean");
    to = value.As<Napi::Boolean>().Value();
  }
  void string(const char* name, std::string& to) {
    const Napi::Value value = get(name);
    if (!ok_) return;
    if (!value.IsString()) return fail(name, "a string");
    to = value.As<Napi::String>().Utf8Value();
  }
  template <class T>
  void choice(const char* name, T& to, std::initializer_list<std::pair<const char*, T>> choices) {
    std::string chosen;
    string(name, chosen);
    if (!ok_) return;
    for (const auto& [text, value] : choices) {
      if (chosen == text) {
        to = value;
        return;
      }
    }
    fail(name, "one of the known names");
  }
  void cpus(const char* name, std::vector<int>& to) {
    const Napi::Value value = get(name);
    if (!ok_) return;
    if (!value.IsArray()) return fail(name, "an array");
    const auto array = value.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) {
      to.push_back(array.Get(i).ToNumber().Int32Value());
    }
  }
  void uuid(const char* name, std::array<uint8_t, 16>& to) {
    const Napi::Value value = get(name);
    if (!ok_) return;
    if (!value.IsTypedArray() || value.As<Napi::Uint8Array>().ByteLength() != to.size()) {
      return fail(name, "16 bytes");
    }
    std::copy_n(value.As<Napi::Uint8Array>().Data(), to.size(), to.begin());
  }

 private:
  Napi::Value get(const char* name) { return from_.Get(name); }
  void fail(const char* name, const char* expected) {
    ok_ = false;
    Napi::TypeError::New(from_.Env(), std::string("createNode: ") + name + " must be " + expected)
        .ThrowAsJavaScriptException();
  }

  const Napi::Object& from_;
  bool ok_ = true;
};

}  // namespace

bool read_node_config(const Napi::Object& from, NodeConfig& to) {
  Fields fields(from);
  fields.number("shards", to.shards);
  fields.cpus("cpus", to.cpus);
  fields.number("ports", to.ports);
  fields.string("dataDirectory", to.store.data_directory);
  fields.string("commitlogDirectory", to.store.commitlog_directory);
  fields.choice<IoBackend>(
      "io", to.io,
      {{"auto", IoBackend::kAuto}, {"io_uring", IoBackend::kIoUring}, {"aio", IoBackend::kAio}});
  fields.choice<CommitlogSync>("commitlogSync", to.store.commitlog_sync,
                               {{"periodic", CommitlogSync::kPeriodic},
                                {"group", CommitlogSync::kGroup},
                                {"batch", CommitlogSync::kBatch}});
  fields.number("commitlogSyncPeriodMicros", to.store.commitlog_sync_period_micros);
  fields.number("commitlogGroupWindowMicros", to.store.commitlog_group_window_micros);
  fields.number("commitlogSegmentBytes", to.store.commitlog_segment_bytes);
  fields.boolean("commitlogArchiving", to.store.commitlog_archiving);
  fields.whole("commitlogLastArchived", to.store.commitlog_last_archived);
  fields.boolean("commitlogIgnoreReplayErrors", to.store.commitlog_ignore_replay_errors);
  fields.boolean("restoreActive", to.store.restore.active);
  fields.whole("restoreUntilMicros", to.store.restore.until_micros);
  fields.whole("restoreTimestampMicros", to.store.restore.timestamp_micros);
  fields.whole("restoreSnapshotPosition", to.store.restore.snapshot_position);
  fields.number("commitlogTotalBytes", to.store.commitlog_total_bytes);
  fields.number("memoryBytes", to.store.memory_bytes);
  fields.number("memtableBytes", to.store.memtable_bytes);
  fields.number("chunkCacheBytes", to.store.chunk_cache_bytes);
  fields.number("rowCacheBytes", to.store.row_cache_bytes);
  fields.number("compactionBytesPerSecond", to.store.compaction_bytes_per_second);
  fields.boolean("incrementalBackups", to.store.incremental_backups);
  fields.number("concurrentCompactions", to.store.concurrent_compactions);
  fields.number("minFreeBytes", to.store.min_free_bytes);
  fields.number("compactionSpaceFraction", to.store.compaction_space_fraction);
  to.store.compaction_space = std::make_shared<CompactionSpace>();
  fields.number("maxFrameBytes", to.max_frame_bytes);
  fields.number("maxConnections", to.max_connections);
  fields.number("tombstoneWarnThreshold", to.tombstone_warn_threshold);
  fields.number("tombstoneFailureThreshold", to.tombstone_failure_threshold);
  fields.number("batchSizeWarnBytes", to.batch_size_warn_bytes);
  fields.number("batchSizeFailBytes", to.batch_size_fail_bytes);
  fields.number("readTimeoutMicros", to.read_timeout_micros);
  fields.number("rangeTimeoutMicros", to.range_timeout_micros);
  fields.number("writeTimeoutMicros", to.write_timeout_micros);
  fields.number("counterWriteTimeoutMicros", to.counter_write_timeout_micros);
  fields.uuid("hostId", to.store.node_id);
  if (!fields.ok()) return false;
  const auto share = [&](uint64_t& budget) { budget /= std::max(to.shards, 1u); };
  share(to.store.commitlog_total_bytes);
  share(to.store.memory_bytes);
  share(to.store.memtable_bytes);
  share(to.store.chunk_cache_bytes);
  // The largest number that JavaScript counts exactly: no limit of its own.
  constexpr uint64_t kAutomatic = (uint64_t{1} << 53) - 1;
  if (to.store.row_cache_bytes >= kAutomatic) {
    to.store.row_cache_bytes = UINT64_MAX;
  } else {
    share(to.store.row_cache_bytes);
  }
  share(to.store.compaction_bytes_per_second);
  return true;
}

}  // namespace ceto
