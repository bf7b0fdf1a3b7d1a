// Plan: a compiled statement, decoded and fully validated from the bytes of docs/formats/plan.md.
// It never changes once made, so all shards share one; hand the shared_ptr over to keep it alive,
// and pass `const Plan&` where a request already holds it. It keeps its tables' schema versions
// alive. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/result.h"
#include "plan/statement.h"
#include "schema/table.h"

namespace ceto {

// The table with this id as the deciding shard knows it; nullptr when there is none.
using TableLookup = std::function<TableSchemaPtr(const TableId&)>;

class Plan {
 public:
  enum class Kind : uint8_t { kSelect = 1, kModification = 2, kBatch = 3 };

  Plan() = default;
  Plan(const Plan&) = delete;  // the statements point into the plan's own bytes
  Plan& operator=(const Plan&) = delete;

  Kind kind() const { return kind_; }
  bool slow_lane() const { return slow_lane_; }
  bool system_tables() const { return system_tables_; }
  // IF conditions in the modification or in any of the batch's.
  bool conditional() const { return conditional_; }
  bool counter() const { return counter_; }
  // The partition key is given by =, so that there is exactly one target (bound values decide
  // which).
  bool one_partition() const { return one_partition_; }
  // Without duplicates. A plan stands for these very versions: drop it when one of them changes.
  const std::vector<TableSchemaPtr>& tables() const { return tables_; }

  // The bind markers in order.
  size_t marker_count() const { return marker_count_; }
  const Type& marker_type(size_t i) const { return *value_types_[i]; }
  std::string_view marker_name(size_t i) const { return marker_names_[i]; }

  // nullptr for modifications without conditions. Of a conditional statement: that of `[applied]`.
  const ResultMetadata* result_metadata() const;

  const Select& select() const {
    CETO_ASSERT(kind_ == Kind::kSelect);
    return select_;
  }
  // One for a modification, n for a batch.
  const std::vector<Modification>& modifications() const { return modifications_; }
  const BatchInfo& batch() const {
    CETO_ASSERT(kind_ == Kind::kBatch);
    return batch_;
  }

 private:
  friend class PlanDecoder;

  std::string bytes_;  // constants and specs are views into it
  Arena arena_{256};   // spans inside the statements
  Kind kind_ = Kind::kSelect;
  bool slow_lane_ = false;
  bool system_tables_ = false;
  bool conditional_ = false;
  bool counter_ = false;
  bool one_partition_ = false;
  std::vector<TableSchemaPtr> tables_;
  size_t marker_count_ = 0;
  size_t values_needed_ = 0;              // markers and computed values
  std::vector<const Type*> value_types_;  // of the markers
  std::vector<bool> in_lists_;            // of the markers: checked by an extra check alone
  std::vector<std::string> marker_names_;
  std::vector<ValueCheck> extra_checks_;  // places whose type is not the marker's
  std::vector<Bytes> constants_;
  std::vector<ComputedTerm> computed_;  // operands before users
  Select select_;
  std::vector<Modification> modifications_;
  BatchInfo batch_;

 public:
  // For the binder.
  size_t values_needed() const { return values_needed_; }
  const std::vector<const Type*>& value_types() const { return value_types_; }
  bool is_in_list(size_t marker) const { return in_lists_[marker]; }
  const std::vector<ValueCheck>& extra_checks() const { return extra_checks_; }
  const std::vector<Bytes>& constants() const { return constants_; }
  const std::vector<ComputedTerm>& computed() const { return computed_; }
};

using PlanPtr = std::shared_ptr<const Plan>;

// kServerError with the place of the fault for bytes that are no plan (a defect of the planner,
// never of a client); kInvalid "unconfigured table" when a table is not there (any more).
Result<PlanPtr> decode_plan(Bytes bytes, const TableLookup& table);

}  // namespace ceto
