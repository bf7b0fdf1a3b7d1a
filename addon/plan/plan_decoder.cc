// The statements of a plan, and what is derived from them once.
#include "plan/plan_decoder.h"

#include <algorithm>

namespace ceto {

namespace {
constexpr uint8_t kVersion = 1;
}

PlanDecoder::PlanDecoder(Bytes bytes, const TableLookup& table)
    : plan_(std::make_shared<Plan>()), lookup_(table), in_(nullptr) {
  plan_->bytes_ = bytes.str();
}

void PlanDecoder::fail(const char* what) {
  fail(Error{ErrorCode::kServerError, std::string("malformed plan: ") + what});
}

void PlanDecoder::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

Result<PlanPtr> PlanDecoder::decode() {
  ByteReader in{Bytes(plan_->bytes_)};
  in_ = &in;
  if (in.u8() != kVersion) fail("another version");
  const uint8_t kind = in.u8();
  const uint32_t flags = in.u32();
  plan_->slow_lane_ = (flags & 1) != 0;
  plan_->system_tables_ = (flags & 2) != 0;
  values();
  if (!failed()) {
    plan_->kind_ = static_cast<Plan::Kind>(kind);
    switch (kind) {
      case 1:
        select();
        break;
      case 2:
        plan_->modifications_.push_back(modification());
        break;
      case 3:
        batch();
        break;
      default:
        fail("unknown kind");
    }
  }
  if (!failed() && !in.at_end()) fail("bytes after its end");
  if (in.failed()) fail("it ends too early");
  if (error_) return std::move(*error_);
  summarize();
  const std::optional<CasMetadata>& cas_given =
      kind == 2 ? plan_->modifications_.front().cas : plan_->batch_.cas;
  if (plan_->conditional_ && !cas_given) fail("conditions without cas");
  if (error_) return std::move(*error_);
  return PlanPtr(std::move(plan_));
}

void PlanDecoder::values() {
  const size_t count = in_->u16();
  for (size_t i = 0; i < count && !failed(); ++i) {
    Result<const Type*> type = parse_type(in_->u16_bytes().text());
    if (!type.ok()) return fail(std::move(type.error()));
    plan_->value_types_.push_back(type.value());
    plan_->marker_names_.push_back(in_->u16_bytes().str());
  }
  plan_->marker_count_ = plan_->value_types_.size();
  plan_->in_lists_.resize(plan_->marker_count_, false);
  plan_->values_needed_ = plan_->marker_count_;
}

TableSchemaPtr PlanDecoder::table() {
  const Bytes id = in_->bytes(sizeof(TableId));
  if (failed()) return nullptr;
  TableId table_id;
  std::copy(id.begin(), id.end(), table_id.begin());
  for (const TableSchemaPtr& known : plan_->tables_) {
    if (known->id == table_id) return known;
  }
  TableSchemaPtr found = lookup_(table_id);
  if (!found) {
    fail(invalid_request("unconfigured table " + format_table_id(table_id)));
    return nullptr;
  }
  plan_->tables_.push_back(found);
  return found;
}

const Column* PlanDecoder::column(const TableSchema& table) {
  const Column* found = table.column(in_->u16());
  if (!found) fail("unknown column");
  return found;
}

void PlanDecoder::select() {
  Select& made = plan_->select_;
  made.table = table();
  if (!made.table) return;
  const TableSchema& schema = *made.table;
  const uint32_t flags = in_->u32();
  made.distinct = (flags & 1) != 0;
  made.reversed = (flags & 2) != 0;
  made.allow_filtering = (flags & 4) != 0;
  made.count = (flags & 8) != 0;
  made.static_only_partitions = (flags & 16) != 0;
  made.partition = partition(schema);
  if (!failed()) made.clustering = clustering(schema);
  if (!failed()) made.filters = filters(schema, false);
  const size_t selected = in_->u16();
  for (size_t i = 0; i < selected && !failed(); ++i) {
    const uint8_t kind = in_->u8();
    if (kind > 3) return fail("selection kind");
    const Column* selected_column = column(schema);
    if (failed()) return;
    const bool key = selected_column->kind == ColumnKind::kPartitionKey ||
                     selected_column->kind == ColumnKind::kClustering;
    if (key && kind != 0) return fail("writetime or ttl of a key column");
    made.selection.push_back({static_cast<Selected::Kind>(kind), selected_column});
  }
  made.metadata = metadata();
  made.limit = optional_term(simple_type(TypeKind::kInt));
  made.per_partition_limit = optional_term(simple_type(TypeKind::kInt));
  const size_t orderings = in_->u16();
  for (size_t i = 0; i < orderings && !failed(); ++i) {
    const uint16_t index = in_->u16();
    made.ordering.push_back({index, in_->u8() != 0});
  }
  if (!failed()) check_ordering(made);
  if (!failed()) derive(made);
}

void PlanDecoder::check_ordering(const Select& select) {
  for (const Ordering& ordering : select.ordering) {
    if (ordering.selected >= select.selection.size() ||
        select.selection[ordering.selected].kind != Selected::Kind::kValue) {
      return fail("ordering by what is not selected");
    }
  }
  const bool final_rows = !select.metadata.versions.empty();
  const size_t columns = select.count ? 1 : select.selection.size();
  if (final_rows && select.metadata.columns != columns && !plan_->slow_lane_) {
    fail("metadata of another number of columns");
  }
}

void PlanDecoder::derive(Select& select) {
  const auto is_static = [](const Column* c) { return c->kind == ColumnKind::kStatic; };
  for (const Selected& selected : select.selection) {
    select.reads_static |= is_static(selected.column);
    select.reads_key |= selected.column->kind == ColumnKind::kPartitionKey;
    const Type& type = *selected.column->type;
    select.plain_values &= selected.kind == Selected::Kind::kValue && !type.multi_cell &&
                           type.kind != TypeKind::kCounter;
  }
  for (const Filter& filter : select.filters) {
    select.reads_static |= is_static(filter.column);
    select.reads_key |= filter.column->kind == ColumnKind::kPartitionKey;
    select.row_filters |= filter.column->kind == ColumnKind::kClustering ||
                          filter.column->kind == ColumnKind::kRegular;
  }
  for (uint16_t i = 0; i < select.selection.size(); ++i) select.by_column_id.push_back(i);
  std::stable_sort(select.by_column_id.begin(), select.by_column_id.end(),
                   [&](uint16_t a, uint16_t b) {
                     return select.selection[a].column->id < select.selection[b].column->id;
                   });
  derive_columns(select);
  size_t fixed = 0;
  for (const ClusteringRestriction& restriction : select.clustering) {
    if (restriction.op == ClusteringRestriction::Op::kEq) fixed += restriction.columns;
  }
  select.single_rows = fixed == select.table->clustering.size();
}

// A static row that may be all of a partition's answer is looked at whole: whether it lives
// decides.
void PlanDecoder::derive_columns(Select& select) {
  const TableSchema& schema = *select.table;
  std::vector<uint64_t> wanted((schema.by_id.size() + 63) / 64);
  const auto want = [&](const Column* column) {
    wanted[column->id / 64] |= uint64_t{1} << (column->id % 64);
  };
  for (const Selected& selected : select.selection) want(selected.column);
  for (const Filter& filter : select.filters) want(filter.column);
  if (select.static_only_partitions) {
    for (const Column* column : schema.statics) want(column);
  }
  const auto all = [&](const std::vector<const Column*>& columns) {
    return std::all_of(columns.begin(), columns.end(), [&](const Column* column) {
      return (wanted[column->id / 64] >> (column->id % 64) & 1) != 0;
    });
  };
  // Without a mask a read copies nothing.
  if (!all(schema.regulars) || !all(schema.statics)) select.columns = std::move(wanted);
}

ResultMetadata PlanDecoder::metadata() {
  ResultMetadata made;
  const Bytes id = in_->bytes(made.id.size());
  if (failed()) return made;
  std::copy(id.begin(), id.end(), made.id.begin());
  made.columns = in_->u16();
  const size_t versions = in_->u8();
  const auto kept = plan_->arena_.make_array<ResultMetadata::Version>(versions);
  for (size_t i = 0; i < versions && !failed(); ++i) {
    ResultMetadata::Version& version = kept[i];
    version.from_version = in_->u8();
    version.flags = in_->u32() & 1;
    version.specs = in_->i32_bytes();
  }
  made.versions = kept;
  return made;
}

std::optional<CasMetadata> PlanDecoder::cas(const TableSchema& table, bool batch) {
  const uint8_t given = in_->u8();
  if (given > 1) fail("cas");
  if (failed() || given == 0) return std::nullopt;
  CasMetadata made;
  made.applied = metadata();
  made.not_applied = metadata();
  const size_t count = in_->u16();
  const auto columns = plan_->arena_.make_array<const Column*>(count);
  for (size_t i = 0; i < count && !failed(); ++i) columns[i] = column(table);
  made.columns = columns;
  if (failed()) return std::nullopt;
  if (made.not_applied.columns != made.columns.size() + 1) fail("cas columns");
  if (batch && made.columns.size() < table.partition_key.size()) fail("cas columns of a batch");
  return made;
}

Modification PlanDecoder::modification() {
  Modification made;
  made.table = table();
  if (!made.table) return made;
  const TableSchema& schema = *made.table;
  const uint8_t kind = in_->u8();
  if (kind > 2) fail("modification kind");
  made.kind = static_cast<Modification::Kind>(kind);
  const uint32_t flags = in_->u32();
  made.if_not_exists = (flags & 1) != 0;
  made.if_exists = (flags & 2) != 0;
  made.counter = (flags & 4) != 0;
  made.only_static = (flags & 8) != 0;
  made.timestamp = optional_term(simple_type(TypeKind::kBigint));
  made.ttl = optional_term(simple_type(TypeKind::kInt));
  if (failed()) return made;
  made.partition = partition(schema);
  if (!failed() && (!made.partition.by_key || made.partition.has_token_range())) {
    fail("a modification needs a key");
  }
  if (!failed()) made.clustering = clustering(schema);
  const size_t operations = in_->u16();
  for (size_t i = 0; i < operations && !failed(); ++i) {
    made.operations.push_back(operation(schema, made));
  }
  if (!failed()) made.conditions = filters(schema, true);
  if (!failed()) made.cas = cas(schema, false);
  if (!failed()) derive(made);
  return made;
}

Operation PlanDecoder::operation(const TableSchema& table, Modification& modification) {
  Operation made;
  const uint8_t op = in_->u8();
  made.column = column(table);
  if (failed() || op > 11) {
    fail("operation");
    return made;
  }
  made.op = static_cast<Operation::Op>(op);
  if (made.column->kind == ColumnKind::kPartitionKey ||
      made.column->kind == ColumnKind::kClustering) {
    fail("operation on a key column");
    return made;
  }
  const bool adds =
      made.op == Operation::Op::kCounterAdd || made.op == Operation::Op::kCounterSubtract;
  const bool deletes = made.op == Operation::Op::kDeleteColumn;
  const bool counter = made.column->type->kind == TypeKind::kCounter;
  if (adds != counter && !(counter && deletes)) fail("counter operation");
  modification.counter |= adds;
  operation_operands(made);
  return made;
}

// What each operation needs of the column's type, and its operands.
void PlanDecoder::operation_operands(Operation& operation) {
  using Op = Operation::Op;
  const Type& type = *operation.column->type;
  const bool list = type.kind == TypeKind::kList, set = type.kind == TypeKind::kSet;
  const bool map = type.kind == TypeKind::kMap, udt = type.kind == TypeKind::kUdt;
  const auto need = [&](bool condition) {
    if (!condition) fail("operation on a column of another type");
    return condition;
  };
  switch (operation.op) {
    case Op::kSet:
      operation.value = term(&type);
      return;
    case Op::kDeleteColumn:
      return;
    case Op::kAppend:
    case Op::kPrepend:
      if (need(list && type.multi_cell)) operation.value = term(&type);
      return;
    case Op::kAdd:
      if (need((set || map) && type.multi_cell)) operation.value = term(&type);
      return;
    case Op::kRemove: {
      if (!need(type.is_collection() && type.multi_cell)) return;
      operation.reads_first = list;
      const Type* keys = &type;
      if (map) {
        Result<const Type*> key_set = set_type_of(type.parameters[0]);
        if (!key_set.ok()) return fail(std::move(key_set.error()));
        keys = key_set.value();
      }
      operation.value = term(keys);
      return;
    }
    case Op::kPutByKey:
      if (!need((list || map) && type.multi_cell)) return;
      operation.reads_first = list;
      operation.key = term(list ? simple_type(TypeKind::kInt) : type.parameters[0]);
      operation.value = term(type.parameters[list ? 0 : 1]);
      return;
    case Op::kDeleteByKey:
      if (!need(type.is_collection() && type.multi_cell)) return;
      operation.reads_first = list;
      operation.key = term(list ? simple_type(TypeKind::kInt) : type.parameters[0]);
      return;
    case Op::kSetField:
    case Op::kDeleteField:
      operation.field = in_->u16();
      if (!need(udt && type.multi_cell && operation.field < type.parameters.size())) return;
      if (operation.op == Op::kSetField) operation.value = term(type.parameters[operation.field]);
      return;
    case Op::kCounterAdd:
    case Op::kCounterSubtract:
      operation.value = term(simple_type(TypeKind::kBigint));
      return;
  }
}

void PlanDecoder::derive(Modification& modification) {
  using Kind = Modification::Kind;
  std::stable_sort(modification.operations.begin(), modification.operations.end(),
                   [](const Operation& a, const Operation& b) {
                     const bool a_static = a.column->kind == ColumnKind::kStatic;
                     const bool b_static = b.column->kind == ColumnKind::kStatic;
                     if (a_static != b_static) return a_static;
                     return a.column->id < b.column->id;
                   });
  for (const Operation& operation : modification.operations) {
    modification.static_operations += operation.column->kind == ColumnKind::kStatic;
    modification.reads_first |= operation.reads_first;
  }
  size_t restricted = 0;
  bool by_value = true;
  for (const ClusteringRestriction& restriction : modification.clustering) {
    restricted += restriction.columns;
    by_value &= restriction.op != ClusteringRestriction::Op::kSlice;
  }
  const size_t columns = modification.table->clustering.size();
  const bool full = by_value && restricted == columns;
  const bool regulars = modification.operations.size() > modification.static_operations;
  modification.full_rows = full && !(modification.only_static && columns > 0);
  if (modification.only_static) {
    if (regulars || !modification.table->clustering.size()) return fail("only_static");
  } else if ((modification.kind != Kind::kDelete || regulars) && !full) {
    fail("rows need the whole clustering");
  }
}

void PlanDecoder::batch() {
  const uint8_t type = in_->u8();
  if (type > 2) return fail("batch type");
  plan_->batch_.type = static_cast<BatchInfo::Type>(type);
  plan_->batch_.timestamp = optional_term(simple_type(TypeKind::kBigint));
  const size_t count = in_->u16();
  if (count > in_->remaining()) return fail("batch runs past the end");
  for (size_t i = 0; i < count && !failed(); ++i) {
    const Bytes blob = in_->i32_bytes();
    if (failed()) return;
    ByteReader inner(blob);
    ByteReader* outer = std::exchange(in_, &inner);
    plan_->modifications_.push_back(modification());
    if (!failed() && !inner.at_end()) fail("bytes after a modification");
    if (inner.failed()) fail("a modification ends too early");
    in_ = outer;
  }
  if (failed()) return;
  const uint8_t* at = in_->position();
  if (count == 0) {
    if (in_->remaining() != 1 || *at != 0) return fail("cas of an empty batch");
    in_->skip(1);
    return;
  }
  plan_->batch_.cas = cas(*plan_->modifications_.front().table, true);
}

void PlanDecoder::summarize() {
  const auto by_eq = [](const PartitionRestriction& partition) {
    for (const KeyComponent& component : partition.components) {
      if (component.op != KeyComponent::Op::kEq) return false;
    }
    return partition.by_key && !partition.has_token_range();
  };
  if (plan_->kind_ == Plan::Kind::kSelect) {
    plan_->one_partition_ = by_eq(plan_->select_.partition);
    return;
  }
  for (const Modification& modification : plan_->modifications_) {
    plan_->conditional_ |= modification.conditional();
    plan_->counter_ |= modification.counter;
  }
  plan_->one_partition_ =
      plan_->modifications_.size() == 1 && by_eq(plan_->modifications_.front().partition);
}

Result<PlanPtr> decode_plan(Bytes bytes, const TableLookup& table) {
  return PlanDecoder(bytes, table).decode();
}

const ResultMetadata* Plan::result_metadata() const {
  switch (kind_) {
    case Kind::kSelect:
      return &select_.metadata;
    case Kind::kModification:
      return modifications_.front().cas ? &modifications_.front().cas->applied : nullptr;
    case Kind::kBatch:
      return batch_.cas ? &batch_.cas->applied : nullptr;
  }
  CETO_UNREACHABLE("plan kind");
}

}  // namespace ceto
