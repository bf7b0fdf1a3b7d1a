// PlanDecoder: bytes of docs/formats/plan.md into a Plan. Reads every count and index against what
// is there, so that no byte string, however broken, gives a plan that an execution could stumble
// over. Used once per plan, by any thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/byte_io.h"
#include "plan/plan.h"

namespace ceto {

class PlanDecoder {
 public:
  PlanDecoder(Bytes bytes, const TableLookup& table);
  Result<PlanPtr> decode();

 private:
  // Literals nest at most so deep; the parser's own bound is lower.
  static constexpr int kMaxTermDepth = 32;

  // Every reader gives something harmless after the first fault; decode() asks at its end.
  void fail(const char* what);
  void fail(Error error);
  bool failed() const { return error_.has_value() || in_->failed(); }

  void values();
  TableSchemaPtr table();
  const Column* column(const TableSchema& table);

  // terms (plan_decoder_terms.cc)
  Operand term(const Type* type, const TableSchema* table = nullptr, int depth = 0);
  Operand constant(const Type* type);
  Operand value(const Type* type);
  Operand literal(uint8_t tag, const Type* type, const TableSchema* table, int depth);
  Operand token_term(const TableSchema* table, int depth);
  Operand function_term(const Type* type);
  Operand add_computed(ComputedTerm term);
  std::optional<Operand> optional_term(const Type* type);
  void terms(std::vector<Operand>& to, size_t count, const Type* type);
  Operand in_list(const Type* list);  // the one list of an IN

  // restrictions (plan_decoder_restrictions.cc)
  PartitionRestriction partition(const TableSchema& table);
  TokenBound token_bound(const TableSchema& table);
  KeyComponent component(const TableSchema& table, size_t position);
  std::vector<ClusteringRestriction> clustering(const TableSchema& table);
  ClusteringRestriction restriction(const TableSchema& table, size_t expected_position);
  void slice(const TableSchema& table, ClusteringRestriction& to);
  std::vector<Filter> filters(const TableSchema& table, bool conditions);
  Filter filter(const TableSchema& table, bool conditions);
  const Type* element_key_type(const Type& type);

  // statements (plan_decoder.cc)
  void select();
  void derive(Select& select);
  void derive_columns(Select& select);
  void check_ordering(const Select& select);
  ResultMetadata metadata();
  std::optional<CasMetadata> cas(const TableSchema& table, bool batch);
  Modification modification();
  void derive(Modification& modification);
  Operation operation(const TableSchema& table, Modification& modification);
  void operation_operands(Operation& operation);
  void batch();
  void summarize();

  std::shared_ptr<Plan> plan_;
  const TableLookup& lookup_;
  ByteReader* in_;
  std::optional<Error> error_;
};

// The type without ReversedType; list<type>; set<type>; list<tuple<types>>.
const Type* base_type(const Type* type);
Result<const Type*> list_type_of(const Type* element);
Result<const Type*> set_type_of(const Type* element);
Result<const Type*> tuple_list_type_of(std::span<const Type* const> fields);
// True when every value of `a` is a value of `b`: order and frozenness do not count.
bool same_values(const Type* a, const Type* b);

}  // namespace ceto
