#include "lsm/row_validation.h"

#include "base/byte_io.h"
#include "types/counter.h"

namespace ceto {

namespace {

Status wrong(const Column& column, const Error& error) {
  return corrupt("column " + column.name + ": " + error.message);
}

Status validate_cell(const Column& column, const Cell& cell) {
  const Type& type = *column.type;
  if (type.multi_cell) {
    if (const Type* path = type.path_type()) CETO_TRY(validate(*path, cell.path));
  }
  if (cell.is_tombstone()) {
    if (!cell.value.empty()) return corrupt("a tombstone with a value");
    return {};
  }
  if (type.kind == TypeKind::kCounter) return validate_counter_context(cell.value);
  if (!type.multi_cell) return validate(type, cell.value);
  const Type* value = type.cell_value_type();
  if (type.kind == TypeKind::kUdt) {
    const size_t field = cell.path.size() == 2 ? load_be<uint16_t>(cell.path.data()) : SIZE_MAX;
    if (field >= type.parameters.size()) return corrupt("a field that the type does not have");
    value = type.parameters[field];
  }
  return value == nullptr ? Status{} : validate(*value, cell.value);
}

}  // namespace

Status validate_clustering(const TableSchema& schema, Clustering clustering) {
  if (clustering.size() > schema.clustering.size()) return corrupt("too many clustering values");
  for (size_t i = 0; i < clustering.size(); ++i) {
    if (clustering[i].data() == nullptr) continue;  // of a compact table
    const Status valid = validate(*schema.clustering[i]->type, clustering[i]);
    if (!valid) return wrong(*schema.clustering[i], valid.error());
  }
  return {};
}

Status validate_row(const TableSchema& schema, const Row& row) {
  CETO_TRY(validate_clustering(schema, row.clustering));
  for (const Cell& cell : row.cells) {
    const Column* column = schema.column(cell.column);
    CETO_ASSERT(column != nullptr);
    const Status valid = validate_cell(*column, cell);
    if (!valid) return wrong(*column, valid.error());
  }
  return {};
}

}  // namespace ceto
