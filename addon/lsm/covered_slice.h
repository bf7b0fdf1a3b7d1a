// Which part of the clustering order an SSTable covers, as its statistics say. Any thread.
#pragma once

#include "lsm/sstable/sstable.h"

namespace ceto {

// False: no row or range deletion of the SSTable lies in the slices (empty: all rows).
bool may_cover(const SSTableMetadata& metadata, const TableSchema& schema,
               std::span<const Slice> slices);

// Whether a partition, row, range or cell of it may be deleted or expire.
bool may_have_deletions(const SSTableMetadata& metadata);

}  // namespace ceto
