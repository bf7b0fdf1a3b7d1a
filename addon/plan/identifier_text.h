// Names and values as CQL writes them, for warnings. Any thread. Source:
// org.apache.cassandra.cql3.ColumnIdentifier.maybeQuote
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "schema/table.h"

namespace ceto {

// Quoted unless it is a lower-case name.
std::string identifier_text(std::string_view name);
// keyspace.table
std::string table_text(const TableSchema& table);
// A value as a literal; those of types that have no short one as a blob.
std::string literal_text(const Type& type, Bytes value);

}  // namespace ceto
