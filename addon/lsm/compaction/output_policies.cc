#include "lsm/compaction/output_policies.h"

#include <algorithm>

#include "lsm/compaction/leveled.h"
#include "lsm/compaction/unified.h"

namespace ceto {

namespace {

class PlannedPolicy : public RewritePolicy {
 public:
  PlannedPolicy(const OutputPlan& plan, uint64_t bytes_in, bool purges)
      : plan_(plan), bytes_in_(bytes_in), purges_(purges) {}
  uint32_t next_level() override { return plan_.level; }
  bool purges() const override { return purges_; }

 protected:
  const OutputPlan plan_;
  const uint64_t bytes_in_;

 private:
  const bool purges_;
};

// Keys of one token stay together: levels are told apart by tokens.
class BySize : public PlannedPolicy {
 public:
  using PlannedPolicy::PlannedPolicy;
  bool splits_before(Token token, uint64_t output_bytes) override {
    const bool splits = output_bytes > plan_.max_bytes && token != last_token_;
    last_token_ = token;
    if (splits) ended(output_bytes);
    return splits;
  }
  uint64_t expected_outputs() const override {
    return std::max<uint64_t>(1, bytes_in_ / std::max<uint64_t>(1, plan_.max_bytes));
  }

 protected:
  virtual void ended(uint64_t /*output_bytes*/) {}

 private:
  Token last_token_;
};

class FillingLevels final : public BySize {
 public:
  FillingLevels(const OutputPlan& plan, uint64_t bytes_in, bool purges)
      : BySize(plan, bytes_in, purges), level_(plan.level) {
    options_.sstable_bytes = plan.max_bytes;
    options_.fanout = plan.fanout;
  }
  uint32_t next_level() override { return level_; }

 private:
  void ended(uint64_t output_bytes) override {
    level_bytes_ += static_cast<double>(output_bytes);
    if (level_bytes_ <= max_level_bytes(level_, options_) || level_ + 1 == kMaxLevels) return;
    level_bytes_ = 0;
    ++level_;
  }

  LeveledOptions options_;
  uint32_t level_;
  double level_bytes_ = 0;
};

class ByShards final : public PlannedPolicy {
 public:
  using PlannedPolicy::PlannedPolicy;
  bool splits_before(Token token, uint64_t) override {
    const uint32_t shard = shard_of_ring(token, plan_.shards);
    const bool splits = shard != shard_;
    shard_ = shard;
    return splits;
  }
  uint64_t expected_outputs() const override { return plan_.shards; }

 private:
  uint32_t shard_ = 0;
};

}  // namespace

std::unique_ptr<RewritePolicy> make_output_policy(const OutputPlan& plan, uint64_t bytes_in,
                                                  bool purges) {
  switch (plan.kind) {
    case OutputPlan::Kind::kOne:
      return std::make_unique<PlannedPolicy>(plan, bytes_in, purges);
    case OutputPlan::Kind::kBySize:
      return std::make_unique<BySize>(plan, bytes_in, purges);
    case OutputPlan::Kind::kLevels:
      return std::make_unique<FillingLevels>(plan, bytes_in, purges);
    case OutputPlan::Kind::kByShards:
      return std::make_unique<ByShards>(plan, bytes_in, purges);
  }
  CETO_UNREACHABLE("a kind of output plan that is none");
}

}  // namespace ceto
