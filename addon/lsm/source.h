// Sources: what a memtable or an SSTable gives to the merge, tombstones included and nothing
// reconciled across sources. The same stream feeds reads, flushes and compactions. Pull iterators
// that never block: see Step in lsm/store.h. Shard thread only; a source keeps what it reads alive.
// Source: org.apache.cassandra.db.rows.UnfilteredRowIterator, RangeTombstoneMarker
#pragma once

#include "lsm/row.h"
#include "lsm/store.h"

namespace ceto {

// A place where the deletion that covers the following rows changes. `before` covers what lies
// before the bound (live() when none: an open marker), `after` what follows it (live(): a close
// marker).
struct RangeMarker {
  Bound bound;
  DeletionTime before;
  DeletionTime after;
};

struct Unfiltered {
  bool is_marker = false;
  Row row;             // when not a marker
  RangeMarker marker;  // when a marker; markers of a partition are balanced
};

// One partition in one source. Where the command is reversed the unfiltereds come in reverse order
// and markers have `before` and `after` in the order of iteration.
class PartitionSource {
 public:
  virtual ~PartitionSource() = default;
  virtual Step open() = 0;  // kEnd: the partition is not in this source
  virtual DeletionTime partition_deletion() const = 0;
  virtual const Row* static_row() const = 0;  // not reconciled; nullptr: none
  virtual Step next() = 0;
  virtual const Unfiltered& current() const = 0;  // valid until next()
  virtual Task<void> wait() = 0;
  virtual const Error& error() const = 0;
};

// Partitions of a token range in (token, key) order. partition() is opened by next_partition().
class ScanSource {
 public:
  virtual ~ScanSource() = default;
  virtual Step next_partition() = 0;
  virtual Token token() const = 0;
  virtual Bytes key() const = 0;
  virtual PartitionSource& partition() = 0;
  virtual Task<void> wait() = 0;
  virtual const Error& error() const = 0;
  // How far it is, in uncompressed bytes of the SSTable's data; 0 for what lies in memory.
  virtual uint64_t bytes_done() const { return 0; }
};

}  // namespace ceto
