// BoundStatement: a plan (or the plans of a BATCH message) with its values and options, everything
// that can fail for the client's sake already checked, and everything that must be decided once
// already decided: terms, keys, tokens, timestamps, paging position. It is made on the coordinating
// shard and only read afterwards, by any shard that executes a part of it. It and all that it
// refers to live in the request's Arena or in the request's frame; the request keeps these and the
// plans alive until the last execution is done.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/result.h"
#include "lsm/row.h"
#include "lsm/store.h"
#include "plan/paging_state.h"
#include "plan/plan.h"
#include "types/token.h"
#include "types/value.h"

namespace ceto {

class PlanServices;

// Consistency levels as on the wire (protocol v5, section 3, [consistency]).
inline constexpr uint16_t kConsistencyOne = 0x0001;
inline constexpr uint16_t kConsistencySerial = 0x0008;

struct QueryOptions {
  uint8_t protocol_version = 4;
  uint16_t consistency = kConsistencyOne;
  uint16_t serial_consistency = kConsistencySerial;
  int32_t page_size = -1;  // rows; up to 0: not paged
  Value paging_state;      // null: from the start
  std::optional<int64_t> default_timestamp_micros;
  std::optional<int64_t> now_in_seconds;
  bool skip_metadata = false;
  // v5 EXECUTE: what the client believes (16 bytes); nullptr otherwise.
  const uint8_t* result_metadata_id = nullptr;
  // Decides the words for a wrong number of values, which differ between QUERY and EXECUTE.
  bool prepared = true;
  // The worker appended values that it computed: more values than markers are in order.
  bool computed_values = false;
};

struct Target {
  Token token;
  Bytes key;
};

// The values that a plan's operands refer to.
struct Environment {
  const Plan* plan = nullptr;
  std::span<const Value> values;
  std::span<const Value> computed;

  Value value(Operand operand) const {
    switch (operand.from) {
      case Operand::From::kNull:
        return Value::null();
      case Operand::From::kUnset:
        return Value::unset();
      case Operand::From::kConstant:
        return Value(plan->constants()[operand.index]);
      case Operand::From::kValue:
        return values[operand.index];
      case Operand::From::kComputed:
        return computed[operand.index];
    }
    CETO_UNREACHABLE("operand source");
  }
};

struct BoundModification {
  const Modification* statement = nullptr;
  const Environment* environment = nullptr;
  int64_t timestamp = 0;  // of conditional statements: decided where they execute
  uint32_t ttl = kNoTtl;
  std::span<const Target> targets;
  std::span<const Clustering> rows;  // full clusterings; empty of only_static and of deleted ranges
  std::span<const Slice> slices;     // DELETE of ranges
  bool whole_partition = false;      // DELETE of all
};

struct BoundSelect {
  const Select* statement = nullptr;
  const Environment* environment = nullptr;
  std::span<const Slice> slices;  // ascending, disjoint; empty: whole partitions
  bool no_rows = false;           // an empty IN, or bounds that exclude each other
  uint64_t limit = UINT64_MAX;    // rows still wanted by LIMIT after earlier pages
  uint64_t per_partition_limit = UINT64_MAX;
  uint64_t page_rows = UINT64_MAX;
  PagingPosition resume;  // where the previous page ended
};

class BoundStatement {
 public:
  Plan::Kind kind() const { return kind_; }
  const QueryOptions& options() const { return options_; }
  bool conditional() const { return conditional_; }
  bool counter() const { return counter_; }

  // The partitions touched, without duplicates; of a select by key in key order. One target is
  // the hot path. Empty for a scan, and when there is nothing to do (an IN of nothing).
  std::span<const Target> targets() const { return targets_; }
  // A select over a token range: every shard takes part.
  bool is_scan() const { return scan_; }
  const TokenRange& token_range() const { return range_; }
  bool is_read() const { return kind_ == Plan::Kind::kSelect; }

  const BoundSelect& select() const { return select_; }
  std::span<const BoundModification> modifications() const { return modifications_; }
  // The columns of a conditional statement's result; nullptr without conditions.
  const CasMetadata* cas() const { return cas_; }
  bool is_batch() const { return batch_; }
  // Of a batch.
  BatchInfo::Type batch_type() const { return batch_type_; }
  int64_t now_seconds() const { return now_seconds_; }

 private:
  friend class Binder;

  Plan::Kind kind_ = Plan::Kind::kSelect;
  bool conditional_ = false, counter_ = false, scan_ = false, batch_ = false;
  BatchInfo::Type batch_type_ = BatchInfo::Type::kLogged;
  QueryOptions options_;
  std::span<const Target> targets_;
  TokenRange range_;
  BoundSelect select_;
  std::span<const BoundModification> modifications_;
  const CasMetadata* cas_ = nullptr;
  int64_t now_seconds_ = 0;
};

// Binds one plan of any kind. `values` (and what the options refer to) must live as long as the
// arena. Errors: kInvalid with Cassandra's words for bad values; kProtocolError for a bad paging
// state.
Result<const BoundStatement*> bind_statement(const Plan& plan, std::span<const Value> values,
                                             const QueryOptions& options, PlanServices& services,
                                             Arena& arena);

// The statements of a BATCH message.
struct BatchEntry {
  const Plan* plan = nullptr;  // of kind kModification
  std::span<const Value> values;
};
Result<const BoundStatement*> bind_batch(BatchInfo::Type type, std::span<const BatchEntry> entries,
                                         const QueryOptions& options, PlanServices& services,
                                         Arena& arena);

// Values sent with names (QUERY's flag 0x40), put in marker order; a name that is not sent leaves
// the count short, which bind_statement() reports as Cassandra does. Names are compared as sent.
struct NamedValue {
  std::string_view name;
  Value value;
};
std::span<const Value> order_named_values(const Plan& plan, std::span<const NamedValue> named,
                                          Arena& arena);

}  // namespace ceto
