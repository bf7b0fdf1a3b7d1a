#include "plan/read_warning.h"

#include <algorithm>
#include <vector>

#include "base/byte_io.h"
#include "plan/identifier_text.h"

namespace ceto {

namespace {

// Cassandra cuts the statement here.
constexpr size_t kMaxStatementText = 512;

std::string columns_text(const Select& select) {
  std::vector<const Column*> columns;
  for (const Selected& selected : select.selection) {
    const ColumnKind kind = selected.column->kind;
    if (kind == ColumnKind::kStatic || kind == ColumnKind::kRegular) {
      columns.push_back(selected.column);
    }
  }
  std::sort(columns.begin(), columns.end(), [](const Column* a, const Column* b) {
    if (a->kind != b->kind) return a->kind == ColumnKind::kStatic;
    return a->name < b->name;
  });
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  const TableSchema& table = *select.table;
  const bool whole = select.selection.size() == table.columns.size();
  if (select.count || columns.empty() || whole) return "*";
  std::string text;
  for (const Column* column : columns) {
    text += (text.empty() ? "" : ", ") + identifier_text(column->name);
  }
  return text;
}

// A WHERE clause in the making.
class Conditions {
 public:
  void add(std::string_view name, std::string_view op, std::string_view value) {
    text_ += text_.empty() ? " WHERE " : " AND ";
    text_.append(name).append(" ").append(op).append(" ").append(value);
  }
  std::string& text() { return text_; }

 private:
  std::string text_;
};

void add_key(const TableSchema& table, Bytes key, Conditions& to) {
  const auto& columns = table.partition_key;
  if (columns.size() == 1) {
    to.add(identifier_text(columns[0]->name), "=", literal_text(*columns[0]->type, key));
    return;
  }
  // Components of a composite key: u16 length, bytes, a zero.
  ByteReader in(key);
  for (const Column* column : columns) {
    to.add(identifier_text(column->name), "=", literal_text(*column->type, in.u16_bytes()));
    in.skip(1);
  }
}

void add_token_range(const TableSchema& table, const TokenRange& range, Conditions& to) {
  std::string token = "token(";
  for (size_t i = 0; i < table.partition_key.size(); ++i) {
    token += (i > 0 ? ", " : "") + identifier_text(table.partition_key[i]->name);
  }
  token += ")";
  if (range.first.value != INT64_MIN) {
    to.add(token, ">", std::to_string(range.first.value - 1));
  }
  if (range.last.value != INT64_MAX) to.add(token, "<=", std::to_string(range.last.value));
}

std::string tuple_text(const TableSchema& table, Clustering row) {
  std::string text = row.size() > 1 ? "(" : "";
  for (size_t i = 0; i < row.size(); ++i) {
    text += (i > 0 ? ", " : "") + literal_text(*table.clustering[i]->type, row[i]);
  }
  return row.size() > 1 ? text + ")" : text;
}

bool names_prefix(const Slice& slice) {
  return !slice.start.after && slice.end.after && !slice.start.prefix.empty() &&
         std::equal(slice.start.prefix.begin(), slice.start.prefix.end(), slice.end.prefix.begin(),
                    slice.end.prefix.end(), [](Bytes a, Bytes b) { return a == b; });
}

// Several slices: the rows or prefixes of an IN. Others have no short form and are left out.
void add_rows(const TableSchema& table, std::span<const Slice> slices, Conditions& to) {
  if (!std::all_of(slices.begin(), slices.end(), names_prefix)) return;
  const size_t columns = slices[0].start.prefix.size();
  std::string names = columns > 1 ? "(" : "";
  for (size_t i = 0; i < columns; ++i) {
    names += (i > 0 ? ", " : "") + identifier_text(table.clustering[i]->name);
  }
  if (columns > 1) names += ")";
  if (slices.size() == 1) {
    to.add(names, "=", tuple_text(table, slices[0].start.prefix));
    return;
  }
  std::string list = "(";
  for (size_t i = 0; i < slices.size() && list.size() < kMaxStatementText; ++i) {
    list += (i > 0 ? ", " : "") + tuple_text(table, slices[i].start.prefix);
  }
  to.add(names, "IN", list + ")");
}

// Column by column: those in which both bounds agree by =, the rest by their bounds.
void add_slice(const TableSchema& table, const Slice& slice, Conditions& to) {
  const Clustering start = slice.start.prefix, end = slice.end.prefix;
  for (size_t i = 0; i < std::max(start.size(), end.size()); ++i) {
    const Column& column = *table.clustering[i];
    const std::string name = identifier_text(column.name);
    const Type& type = *column.type;
    if (i < start.size() && i < end.size() && start[i] == end[i]) {
      to.add(name, "=", literal_text(type, start[i]));
      continue;
    }
    const auto lower = [&] {
      const bool exclusive = slice.start.after && i + 1 == start.size();
      const char* op = type.reversed ? (exclusive ? "<" : "<=") : (exclusive ? ">" : ">=");
      if (i < start.size()) to.add(name, op, literal_text(type, start[i]));
    };
    const auto upper = [&] {
      const bool exclusive = !slice.end.after && i + 1 == end.size();
      const char* op = type.reversed ? (exclusive ? ">" : ">=") : (exclusive ? "<" : "<=");
      if (i < end.size()) to.add(name, op, literal_text(type, end[i]));
    };
    lower();
    upper();
  }
}

void add_clustering(const BoundSelect& select, Conditions& to) {
  const TableSchema& table = *select.statement->table;
  if (select.slices.empty()) return;
  const bool full = select.slices[0].start.prefix.size() == table.clustering.size();
  if (select.slices.size() > 1 || (full && names_prefix(select.slices[0]))) {
    add_rows(table, select.slices, to);
  } else {
    add_slice(table, select.slices[0], to);
  }
}

void add_filter(const Filter& filter, const Environment& environment, Conditions& to) {
  constexpr const char* kOperators[] = {
      "=", "<", "<=", ">", ">=", "IN", "CONTAINS", "CONTAINS KEY", "!=", "IN"};
  std::string name = identifier_text(filter.column->name);
  const auto literal = [&](const Type& type, Operand operand) -> std::string {
    const Value value = environment.value(operand);
    return value.has_bytes() ? literal_text(type, value.bytes()) : "null";
  };
  const Type& type = filter.target_type ? *filter.target_type : *filter.column->type;
  if (filter.target == Filter::Target::kElement) {
    name += "[" + literal(*filter.column->type->parameters[0], filter.key) + "]";
  } else if (filter.target == Filter::Target::kField) {
    name += "." + identifier_text(filter.column->type->field_names[filter.field]);
  }
  std::string values;
  for (const Operand operand : filter.operands) {
    values += (values.empty() ? "" : ", ") + literal(type, operand);
  }
  if (filter.op == Filter::Op::kIn) values = "(" + values + ")";
  to.add(name, kOperators[static_cast<size_t>(filter.op)], values);
}

std::string order_text(const TableSchema& table) {
  std::string text;
  for (const Column* column : table.clustering) {
    text += (text.empty() ? " ORDER BY " : ", ") + identifier_text(column->name) +
            (column->type->reversed ? " ASC" : " DESC");
  }
  return text;
}

std::string statement_text(const BoundStatement& bound) {
  const BoundSelect& select = bound.select();
  const Select& statement = *select.statement;
  const TableSchema& table = *statement.table;
  Conditions where;
  if (bound.is_scan()) {
    add_token_range(table, bound.token_range(), where);
  } else if (!bound.targets().empty()) {
    add_key(table, bound.targets().back().key, where);
  }
  add_clustering(select, where);
  for (const Filter& filter : statement.filters) {
    add_filter(filter, *select.environment, where);
  }
  std::string text = "SELECT " + columns_text(statement) + " FROM " + table_text(table);
  text += where.text();
  if (statement.reversed) text += order_text(table);
  const uint64_t limit = std::min(select.limit, select.page_rows);
  if (limit != UINT64_MAX) text += " LIMIT " + std::to_string(limit);
  if (select.per_partition_limit != UINT64_MAX) {
    text += " PER PARTITION LIMIT " + std::to_string(select.per_partition_limit);
  }
  return text + " ALLOW FILTERING";
}

}  // namespace

std::string tombstone_warning(const BoundStatement& bound, const ExecutionStats& stats) {
  CETO_ASSERT(bound.is_read());
  return "Read " + std::to_string(stats.live_rows) + " live rows and " +
         std::to_string(stats.tombstones) + " tombstone cells for query " +
         statement_text(bound).substr(0, kMaxStatementText) + "; token " +
         std::to_string(stats.last_token.value) + " (see tombstone_warn_threshold)";
}

}  // namespace ceto
