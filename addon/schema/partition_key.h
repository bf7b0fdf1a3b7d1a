// Partition keys as Cassandra stores and hashes them: the raw value of a single column; of several,
// CompositeType's form: for each column a u16 length, the bytes and a zero byte. Any thread.
#pragma once

#include <span>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/result.h"
#include "schema/table.h"

namespace ceto {

inline constexpr size_t kMaxKeyBytes = 65535;  // its length is a u16 in SSTable indexes

// The key of `components`, one for each partition key column. A single column's is the component
// itself, not copied; a composite lives in `arena`. kInvalid, with Cassandra's words, for a key
// that is empty or too long. Values have been validated against their types.
Result<Bytes> make_partition_key(std::span<const Bytes> components, Arena& arena);

// Only the check: an empty key of one column, and the length of the whole.
Status check_partition_key(Bytes key);

// Splits `key` into `components` (views into it), one for each partition key column; kCorrupt when
// it does not hold exactly so many.
Status split_partition_key(Bytes key, std::span<Bytes> components);

}  // namespace ceto
