// Whether the rows of an SSTable are rows of a table: its types must be ones that the table's can
// read. A set of another table, or of another life of this one, is refused before a row of it is
// taken for what it is not. Stateless; any thread.
#pragma once

#include <string>

#include "lsm/sstable/serialization_header.h"

namespace ceto {

// kCorrupt names `path`, the column and both types. Columns that the table does not have, or has
// dropped, fit.
Status check_schema_fit(const SerializationHeader& header, const TableSchema& schema,
                        const std::string& path);

}  // namespace ceto
