// The body of a commit-log record: partition updates as bytes, and back. The grammar stands in
// docs/formats/commitlog.md. Columns are written by id and clusterings with their count, so that a
// record is read without the schema that it was written under. Any thread.
#pragma once

#include <span>

#include "base/arena.h"
#include "base/result.h"
#include "lsm/row.h"

namespace ceto {

// No encoding of `updates` is larger.
size_t max_mutation_bytes(std::span<const PartitionUpdate> updates);

// Writes to `to`, which has max_mutation_bytes() of room, and returns the end.
uint8_t* encode_mutation(std::span<const PartitionUpdate> updates, uint8_t* to);

// As PartitionUpdate, before its table is known.
struct LoggedUpdate {
  TableId table{};
  PartitionUpdate update;  // `update.table` is nullptr
};

// Views into `record` and `arena`. kCorrupt when the bytes are no mutation.
Result<std::span<LoggedUpdate>> decode_mutation(Bytes record, Arena& arena);

// The latest write timestamp of anything in it, deletions included.
int64_t max_timestamp(const PartitionUpdate& update);

}  // namespace ceto
