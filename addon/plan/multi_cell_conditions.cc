#include "plan/multi_cell_conditions.h"

#include "types/collection_codec.h"

namespace ceto {

namespace {

int compare_udt(const Type& type, std::span<const Cell> cells, Bytes value) {
  TupleReader fields(value);
  size_t at = 0;
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    const Bytes wanted = fields.next();
    const bool here = at < cells.size() && detail::udt_field(cells[at].path) == i;
    const bool given = wanted.data() != nullptr;
    if (here && given) {
      if (const int order = compare_values(*type.parameters[i], cells[at].value, wanted)) {
        return order;
      }
    } else if (here != given) {
      return here ? 1 : -1;
    }
    at += here;
  }
  return 0;
}

}  // namespace

int compare_multi_cell(const Type& type, std::span<const Cell> cells, Bytes value) {
  if (type.kind == TypeKind::kUdt) return compare_udt(type, cells, value);
  CollectionReader wanted(type, value);
  for (const Cell& cell : cells) {
    Bytes part;
    if (!wanted.next(part)) return 1;
    const Bytes first = type.kind == TypeKind::kList ? cell.value : cell.path;
    if (const int order = compare_values(*type.parameters[0], first, part)) return order;
    if (type.kind != TypeKind::kMap) continue;
    if (!wanted.next(part)) return 1;
    if (const int order = compare_values(*type.parameters[1], cell.value, part)) return order;
  }
  Bytes more;
  return wanted.next(more) ? -1 : 0;
}

}  // namespace ceto
