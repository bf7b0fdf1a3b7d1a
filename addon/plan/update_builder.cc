#include "plan/update_builder.h"

#include <algorithm>

#include "base/byte_io.h"
#include "types/collection_codec.h"

namespace ceto {

namespace {
using Op = Operation::Op;
}

Status UpdateBuilder::add(const BoundModification& modification, const Target& target, Times times,
                          const PartitionSnapshot* current) {
  modification_ = &modification;
  environment_ = modification.environment;
  const Modification& statement = *modification.statement;
  table_ = statement.table.get();
  key_ = target.key;
  times_ = times;
  PartitionUpdate update;
  update.table = table_;
  update.token = target.token;
  update.key = target.key;
  const std::span<const Operation> operations(statement.operations);
  const auto statics = operations.first(statement.static_operations);
  const auto regulars = operations.subspan(statement.static_operations);
  if (!statics.empty()) {
    RowParts parts(arena_, statics.size());
    if (current) parts.current = current->static_row();
    CETO_TRY(build(statics, parts));
    Row* row = arena_.make<Row>();
    row->cells = parts.cells.span();
    row->complex = parts.complex.span();
    if (row->has_any()) update.static_row = row;
  }
  const bool deletes_rows = statement.kind == Modification::Kind::kDelete && operations.empty();
  if (deletes_rows && (modification.whole_partition || table_->clustering.empty())) {
    update.deletion = deletion();
  } else if (!modification.slices.empty()) {
    const auto tombstones = arena_.make_array<RangeTombstone>(modification.slices.size());
    for (size_t i = 0; i < tombstones.size(); ++i) {
      tombstones[i] = {modification.slices[i], deletion()};
    }
    update.range_tombstones = tombstones;
  } else if (!statement.only_static) {
    CETO_TRY(add_rows(regulars, current, deletes_rows, update));
  }
  const bool any = update.static_row || !update.rows.empty() || !update.deletion.live() ||
                   !update.range_tombstones.empty();
  if (any) updates_.push_back(update);
  return {};
}

// Rows of an IN share their cells, unless these depend on what is there.
Status UpdateBuilder::add_rows(std::span<const Operation> operations,
                               const PartitionSnapshot* current, bool deletes_rows,
                               PartitionUpdate& update) {
  ArenaVector<Row> rows(arena_, modification_->rows.size());
  Row row;
  bool built = false;
  for (Clustering clustering : modification_->rows) {
    if (!built || current) {
      RowParts parts(arena_, operations.size());
      parts.clustering = clustering;
      if (current) parts.current = current->find(clustering);
      CETO_TRY(build(operations, parts));
      row.cells = parts.cells.span();
      row.complex = parts.complex.span();
      built = true;
    }
    row.clustering = clustering;
    if (modification_->statement->kind == Modification::Kind::kInsert) row.liveness = liveness();
    if (deletes_rows) row.deletion = deletion();
    if (row.has_any()) rows.push_back(row);
  }
  update.rows = rows.span();
  return {};
}

Liveness UpdateBuilder::liveness() const {
  Liveness made;
  made.timestamp = times_.write;
  made.ttl = modification_->ttl;
  if (made.ttl != kNoTtl) {
    made.local_deletion_time = static_cast<uint32_t>(now_seconds_ + made.ttl);
  }
  return made;
}

DeletionTime UpdateBuilder::deletion() const {
  return {times_.delete_at, static_cast<uint32_t>(now_seconds_)};
}

Status UpdateBuilder::build(std::span<const Operation> operations, RowParts& to) {
  for (const Operation& operation : operations) CETO_TRY(apply(operation, to));
  sort_cells(to);
  return {};
}

// By column id (as the operations are) and path. Of two cells of one path the later statement's
// counts.
void UpdateBuilder::sort_cells(RowParts& parts) {
  const std::span<Cell> cells = parts.cells.span();
  const auto order = [&](const Cell& a, const Cell& b) {
    if (a.column != b.column) return a.column < b.column ? -1 : 1;
    const Type* paths = table_->column(a.column)->type->path_type();
    return paths ? compare_values(*paths, a.path, b.path) : 0;
  };
  bool sorted = true;
  for (size_t i = 1; i < cells.size() && sorted; ++i) sorted = order(cells[i - 1], cells[i]) < 0;
  if (sorted) return;
  std::stable_sort(cells.begin(), cells.end(),
                   [&](const Cell& a, const Cell& b) { return order(a, b) < 0; });
  size_t kept = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (kept > 0 && order(cells[kept - 1], cells[i]) == 0) --kept;
    cells[kept++] = cells[i];
  }
  parts.cells.pop_to(kept);
}

Status UpdateBuilder::apply(const Operation& operation, RowParts& to) {
  switch (operation.op) {
    case Op::kSet:
      set(operation, to);
      return {};
    case Op::kDeleteColumn:
      if (operation.column->type->multi_cell) {
        delete_column(operation, times_.delete_at, to);
      } else {
        put_tombstone(operation, {}, to);
      }
      return {};
    case Op::kAppend:
    case Op::kAdd:
      add_elements(operation, value(operation.value), to);
      return {};
    case Op::kPrepend:
      prepend(operation, to);
      return {};
    case Op::kRemove:
      remove(operation, to);
      return {};
    case Op::kPutByKey:
    case Op::kDeleteByKey: {
      if (operation.column->type->kind == TypeKind::kList) return put_list_index(operation, to);
      const Value key = value(operation.key);
      if (!key.has_bytes()) return {};
      if (operation.op == Op::kDeleteByKey) {
        put_tombstone(operation, key.bytes(), to);
        return {};
      }
      const Value element = value(operation.value);
      if (element.has_bytes()) put(operation, key.bytes(), element.bytes(), to);
      if (element.is_null()) put_tombstone(operation, key.bytes(), to);
      return {};
    }
    case Op::kSetField:
      put_field(operation, value(operation.value), to);
      return {};
    case Op::kDeleteField:
      put_tombstone(operation, field_path(operation.field), to);
      return {};
    case Op::kCounterAdd:
    case Op::kCounterSubtract:
      count(operation, to);
      return {};
  }
  CETO_UNREACHABLE("operation");
}

void UpdateBuilder::set(const Operation& operation, RowParts& to) {
  const Value given = value(operation.value);
  if (given.is_unset()) return;
  if (operation.column->type->multi_cell) return overwrite(operation, given, to);
  if (given.is_null()) return put_tombstone(operation, {}, to);
  put(operation, {}, given.bytes(), to);
}

void UpdateBuilder::overwrite(const Operation& operation, Value given, RowParts& to) {
  const bool conditional = times_.delete_at != times_.write;
  delete_column(operation, conditional ? times_.delete_at : times_.write - 1, to);
  if (operation.column->type->kind == TypeKind::kUdt) {
    add_fields(operation, given, to);
  } else {
    add_elements(operation, given, to);
  }
}

void UpdateBuilder::add_fields(const Operation& operation, Value given, RowParts& to) {
  if (!given.has_bytes()) return;
  TupleReader fields(given.bytes());
  for (uint16_t i = 0; i < operation.column->type->parameters.size(); ++i) {
    const Bytes field = fields.next();
    if (field.data()) put(operation, field_path(i), field, to);
  }
}

void UpdateBuilder::add_elements(const Operation& operation, Value given, RowParts& to) {
  if (!given.has_bytes()) return;
  const Type& type = *operation.column->type;
  CollectionReader parts(type, given.bytes());
  for (Bytes part; parts.next(part);) {
    switch (type.kind) {
      case TypeKind::kList: {
        uint8_t* path = arena_.allocate_bytes(16);
        services_.make_timeuuid(path);
        put(operation, {path, 16}, part, to);
        break;
      }
      case TypeKind::kSet:
        put(operation, part, {}, to);
        break;
      default: {
        Bytes element;
        if (parts.next(element)) put(operation, part, element, to);
      }
    }
  }
}

// The first element must get the least path, and paths run downwards: last element first.
void UpdateBuilder::prepend(const Operation& operation, RowParts& to) {
  const Value given = value(operation.value);
  if (!given.has_bytes()) return;
  ArenaVector<Bytes> elements(arena_);
  CollectionReader parts(*operation.column->type, given.bytes());
  for (Bytes part; parts.next(part);) elements.push_back(part);
  for (size_t i = elements.size(); i-- > 0;) {
    uint8_t* path = arena_.allocate_bytes(16);
    services_.make_prepend_timeuuid(path);
    put(operation, {path, 16}, elements[i], to);
  }
}

void UpdateBuilder::remove(const Operation& operation, RowParts& to) {
  const Value given = value(operation.value);
  if (!given.has_bytes()) return;
  const Type& type = *operation.column->type;
  if (type.kind != TypeKind::kList) {
    CollectionReader keys(*simple_type(TypeKind::kBlob), given.bytes());
    for (Bytes key; keys.next(key);) put_tombstone(operation, key, to);
    return;
  }
  for (const Cell& cell : cells_of(to.current, operation.column->id)) {
    CollectionReader values(type, given.bytes());
    for (Bytes wanted; values.next(wanted);) {
      if (compare_values(*type.parameters[0], cell.value, wanted) != 0) continue;
      put_tombstone(operation, cell.path, to);
      break;
    }
  }
}

Status UpdateBuilder::put_list_index(const Operation& operation, RowParts& to) {
  const bool deletes = operation.op == Op::kDeleteByKey;
  const Value key = value(operation.key);
  if (!key.has_bytes()) return {};
  const int32_t index = load_be<int32_t>(key.bytes().data());
  const std::span<const Cell> cells = cells_of(to.current, operation.column->id);
  if (cells.empty()) {
    return invalid_request(deletes ? "Attempted to delete an element from a list which is null"
                                   : "Attempted to set an element on a list which is null");
  }
  if (index < 0 || static_cast<size_t>(index) >= cells.size()) {
    return invalid_request("List index " + std::to_string(index) + " out of bound, list has size " +
                           std::to_string(cells.size()));
  }
  const Bytes path = cells[static_cast<size_t>(index)].path;
  const Value element = deletes ? Value::null() : value(operation.value);
  if (element.has_bytes()) put(operation, path, element.bytes(), to);
  if (element.is_null()) put_tombstone(operation, path, to);
  return {};
}

void UpdateBuilder::put_field(const Operation& operation, Value given, RowParts& to) {
  const Bytes path = field_path(operation.field);
  if (given.has_bytes()) put(operation, path, given.bytes(), to);
  if (given.is_null()) put_tombstone(operation, path, to);
}

UpdateBuilder::PendingCounter* UpdateBuilder::pending_counter(Clustering clustering,
                                                              ColumnId column) {
  for (PendingCounter& pending : counters_) {
    if (pending.table == table_ && pending.column == column && pending.key == key_ &&
        pending.clustering.size() == clustering.size() &&
        compare_clustering(*table_, pending.clustering, clustering) == 0) {
      return &pending;
    }
  }
  return nullptr;
}

// The node's own shard of the counter moves on; the store merges it with those of other nodes.
void UpdateBuilder::count(const Operation& operation, RowParts& to) {
  const Value given = value(operation.value);
  if (!given.has_bytes()) return;
  int64_t delta = load_be<int64_t>(given.bytes().data());
  if (operation.op == Op::kCounterSubtract) delta = -delta;
  const ColumnId column = operation.column->id;
  const CounterId& id = services_.config().node_id;
  PendingCounter* pending = pending_counter(to.clustering, column);
  std::optional<ClockAndCount> state;
  if (pending) {
    state = pending->state;
  } else if (const auto cells = cells_of(to.current, column); !cells.empty()) {
    state = counter_shard_of(cells.front().value, id);
  }
  const ClockAndCount next = advance_counter(state, delta, services_.clock().wall_micros());
  if (pending) {
    pending->state = next;
  } else {
    counters_.push_back({table_, key_, to.clustering, column, next});
  }
  put(operation, {}, make_global_counter(id, next, arena_), to);
}

void UpdateBuilder::put(const Operation& operation, Bytes path, Bytes cell_value, RowParts& to) {
  if (!counts(operation, times_.write)) return;
  Cell cell;
  cell.timestamp = times_.write;
  cell.column = operation.column->id;
  cell.path = path;
  cell.value = cell_value;
  cell.ttl = modification_->ttl;
  if (cell.ttl != kNoTtl) {
    cell.local_deletion_time = static_cast<uint32_t>(now_seconds_ + cell.ttl);
  }
  to.cells.push_back(cell);
}

void UpdateBuilder::put_tombstone(const Operation& operation, Bytes path, RowParts& to) {
  if (!counts(operation, times_.write)) return;
  Cell cell;
  cell.timestamp = times_.write;
  cell.column = operation.column->id;
  cell.path = path;
  cell.local_deletion_time = static_cast<uint32_t>(now_seconds_);
  to.cells.push_back(cell);
}

void UpdateBuilder::delete_column(const Operation& operation, int64_t timestamp, RowParts& to) {
  if (!counts(operation, timestamp)) return;
  const ColumnId column = operation.column->id;
  const DeletionTime made{timestamp, static_cast<uint32_t>(now_seconds_)};
  if (!to.complex.empty() && to.complex.back().column == column) {
    if (made.supersedes(to.complex.back().deletion)) to.complex.back().deletion = made;
    return;
  }
  to.complex.push_back({column, made});
}

Bytes UpdateBuilder::field_path(uint16_t field) {
  uint8_t* path = arena_.allocate_bytes(2);
  store_be(path, field);
  return {path, 2};
}

}  // namespace ceto
