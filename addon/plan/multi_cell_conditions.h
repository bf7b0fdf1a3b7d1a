// Order of a multi-cell column's present value and a serialized one, without putting the former
// together. Source: org.apache.cassandra.cql3.conditions.ColumnCondition.MultiCellCollectionBound
#pragma once

#include <span>

#include "lsm/row.h"

namespace ceto {

// <0, 0, >0. Collections compare element by element (maps: key, then value), UDTs field by field
// with null first; what ends first is less.
int compare_multi_cell(const Type& type, std::span<const Cell> cells, Bytes value);

}  // namespace ceto
