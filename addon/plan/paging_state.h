// PagingPosition: the place after which the next page goes on, and its bytes, the paging state that
// drivers hand back (docs/formats/paging-state.md). Views on the state's bytes and the request's
// arena. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/result.h"
#include "lsm/row.h"
#include "schema/table.h"

namespace ceto {

struct PagingPosition {
  bool given = false;
  Bytes key;                            // the partition of the last row
  bool inside = false;                  // the partition may have more rows, after `clustering`
  Clustering clustering;                // of the last row, when inside; full
  Bytes encoded_clustering;             // when not empty: the same as append_clustering() wrote it
  uint64_t remaining = 0;               // of LIMIT; UINT64_MAX: no limit
  uint64_t remaining_in_partition = 0;  // of PER PARTITION LIMIT, when inside; UINT64_MAX: no limit
};

// The clustering's part of a state.
void append_clustering(Clustering clustering, std::string& to);
void append_paging_state(const PagingPosition& position, std::string& to);

// kProtocolError "Invalid value for the paging state" for bytes that no page of this table ended
// with.
Result<PagingPosition> decode_paging_state(const TableSchema& table, Bytes state, Arena& arena);

}  // namespace ceto
