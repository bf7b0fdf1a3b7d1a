// Test utility: one or several shards' worth of services over stores in memory or on a simulated
// disk, and statements run on them as the shard does. Rows come back as text, so that expectations
// read like a result. Test code only.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plan/execution.h"
#include "plan/plan_builder_test_util.h"
#include "plan/test_store.h"

namespace ceto::testing {

// The seed of a random test: always the same, unless CETO_SEED asks for another.
inline uint64_t test_seed() {
  const char* given = std::getenv("CETO_SEED");
  return given ? std::strtoull(given, nullptr, 10) : 20261123;
}

struct Shard {
  Shard(uint32_t shard, uint32_t count, Storage storage, ManualClock& clock)
      : store(make_test_store(storage, shard, count, clock)),
        services(config(shard, count), *store, clock) {}
  static PlanConfig config(uint32_t shard, uint32_t count) {
    PlanConfig made;
    made.shard = shard;
    made.shard_count = count;
    made.node_id.fill(7);
    made.tombstone_failure_threshold = 50;
    made.seed = 42 + shard;
    return made;
  }
  std::unique_ptr<TestStore> store;
  PlanServices services;
};

// What a client sees of a reply.
struct Reply {
  bool ok = false;
  Error error;
  int32_t kind = 0;
  int32_t flags = 0;
  std::string paging_state;
  std::vector<std::vector<std::string>> rows;  // "null" or the bytes

  bool has_more() const { return (flags & 2) != 0; }
};

inline Reply decode_reply(const std::string& body) {
  Reply reply;
  reply.ok = true;
  ByteReader in{Bytes(body)};
  reply.kind = in.i32();
  if (reply.kind == 1) return reply;
  reply.flags = in.i32();
  const int32_t columns = in.i32();
  if (reply.has_more()) reply.paging_state = in.i32_bytes().str();
  if (reply.flags & 8) {
    EXPECT_EQ(in.u16_bytes().size(), 16u);
  }
  const bool applied = columns >= 1 && (reply.flags & 4) == 0;
  if (applied) {
    // Specs are opaque to the executor; tests of single plans write "<specs>".
    const std::string specs = "<specs>";
    if (in.remaining() >= specs.size() && Bytes(in.position(), specs.size()).text() == specs) {
      in.skip(specs.size());
    } else {
      reply.flags |= 1 << 16;  // real specs: rows are not decoded
      return reply;
    }
  }
  const int32_t rows = in.i32();
  for (int32_t r = 0; r < rows; ++r) {
    std::vector<std::string> row;
    for (int32_t c = 0; c < columns; ++c) {
      bool null = false;
      const Bytes value = in.i32_bytes(&null);
      row.push_back(null ? "null" : value.str());
    }
    reply.rows.push_back(std::move(row));
  }
  EXPECT_FALSE(in.failed());
  EXPECT_TRUE(in.at_end());
  return reply;
}

// A string of bytes as a readable value: 4 and 8 bytes are integers, the rest is itself.
inline std::string readable(const std::string& value) {
  if (value == "null") return value;
  if (value.size() == 4) return std::to_string(load_be<int32_t>(Bytes(value).data()));
  if (value.size() == 8) return std::to_string(load_be<int64_t>(Bytes(value).data()));
  return value;
}

// "1,2;3,null": rows apart by semicolons.
inline std::string readable(const Reply& reply) {
  if (!reply.ok) return "error: " + reply.error.message;
  if (reply.kind == 1) return "void";
  std::string all;
  for (size_t r = 0; r < reply.rows.size(); ++r) {
    if (r > 0) all += ";";
    for (size_t c = 0; c < reply.rows[r].size(); ++c) {
      if (c > 0) all += ",";
      const std::string& value = reply.rows[r][c];
      all += value.size() == 1 && value[0] <= 1 ? (value[0] ? "true" : "false") : readable(value);
    }
  }
  return all;
}

class Cluster {
 public:
  explicit Cluster(uint32_t shards = 1, Storage storage = Storage::kMemory) : storage_(storage) {
    for (uint32_t i = 0; i < shards; ++i) {
      shards_.push_back(std::make_unique<Shard>(i, shards, storage, clock));
    }
  }

  TableSchemaPtr create(const TableSpec& spec) {
    TableSchemaPtr table = make_table(spec, storage_ == Storage::kMemory);
    for (auto& shard : shards_) EXPECT_TRUE(shard->store->put_table(table).ok());
    tables_[table->id] = table;
    return table;
  }

  Result<PlanPtr> decode(const Piece& bytes) {
    return decode_plan(bytes, [this](const TableId& id) {
      const auto found = tables_.find(id);
      return found == tables_.end() ? nullptr : found->second;
    });
  }

  // Decodes, binds on shard 0 and executes wherever the targets live.
  Reply run(const Piece& bytes, const std::vector<Value>& values = {}) {
    Result<PlanPtr> plan = decode(bytes);
    if (!plan.ok()) return failed(plan.error());
    return run(*plan.value(), values);
  }
  Reply run(const Plan& plan, const std::vector<Value>& values) {
    Arena arena;
    Result<const BoundStatement*> bound =
        bind_statement(plan, values, options, shards_[0]->services, arena);
    if (!bound.ok()) return failed(bound.error());
    return execute(*bound.value());
  }
  Reply run_batch(BatchInfo::Type type, const std::vector<BatchEntry>& entries) {
    Arena arena;
    Result<const BoundStatement*> bound =
        bind_batch(type, entries, options, shards_[0]->services, arena);
    if (!bound.ok()) return failed(bound.error());
    return execute(*bound.value());
  }
  std::string show(const Piece& bytes, const std::vector<Value>& values = {}) {
    return readable(run(bytes, values));
  }

  Reply execute(const BoundStatement& bound) {
    std::string body;
    if (bound.is_read() && shards_.size() > 1) {
      std::vector<RowChunk> chunks(shards_.size());
      std::vector<const RowChunk*> pointers;
      for (size_t i = 0; i < shards_.size(); ++i) {
        auto execution = make_chunk_execution(shards_[i]->services, bound, chunks[i]);
        if (!finish(*shards_[i], *execution)) return failed(execution->error());
        pointers.push_back(&chunks[i]);
      }
      merge_chunks(bound, pointers, body);
      return decode_reply(body);
    }
    for (auto& shard : shards_) {
      if (bound.conditional() && !shard->services.owns(bound.targets()[0].token)) continue;
      body.clear();
      auto execution = make_execution(shard->services, bound, &body);
      if (!finish(*shard, *execution)) {
        EXPECT_TRUE(body.empty());
        return failed(execution->error());
      }
      execution.reset();
      if (!bound.is_read()) shard->store->statement_ended();
    }
    return decode_reply(body);
  }

  TestStore& store(size_t shard = 0) { return *shards_[shard]->store; }
  // Of a cluster on disk.
  DiskStore& disk_store(size_t shard = 0) { return dynamic_cast<DiskStore&>(store(shard)); }
  PlanServices& services(size_t shard = 0) { return shards_[shard]->services; }

  ManualClock clock{1'700'000'000'000'000};
  QueryOptions options;

 private:
  static bool finish(Shard& shard, Execution& execution) {
    for (;;) {
      const Progress progress = execution.run();
      if (progress == Progress::kWait)
        shard.store->wait(execution.wait());
      else if (progress != Progress::kYield)
        return progress == Progress::kDone;
    }
  }
  static Reply failed(const Error& error) {
    Reply reply;
    reply.error = error;
    return reply;
  }

  const Storage storage_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::map<TableId, TableSchemaPtr> tables_;
};

// Values for markers; the strings live as long as the test.
class Values {
 public:
  Values& i(int32_t v) { return bytes(int_bytes(v)); }
  Values& l(int64_t v) { return bytes(bigint_bytes(v)); }
  Values& s(std::string_view v) { return bytes(std::string(v)); }
  Values& bytes(std::string v) {
    kept_.push_back(std::make_unique<std::string>(std::move(v)));
    values_.push_back(Value(Bytes(*kept_.back())));
    return *this;
  }
  Values& null() {
    values_.push_back(Value::null());
    return *this;
  }
  Values& unset() {
    values_.push_back(Value::unset());
    return *this;
  }
  operator const std::vector<Value>&() const { return values_; }

 private:
  std::vector<std::unique_ptr<std::string>> kept_;
  std::vector<Value> values_;
};

}  // namespace ceto::testing
