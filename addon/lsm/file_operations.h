// FileOperations: what an operator does with the files of a shard's tables: snapshots, incremental
// backups, and the import of sets that came from elsewhere. Implemented by the Store; shard thread
// only. Main decides names and directories and speaks to all shards
// (docs/formats/data-directory.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "schema/table.h"

namespace ceto {

// A set of files that a shard reads.
struct SetInUse {
  uint64_t generation = 0;
  bool shared = false;  // other shards may read it as well
};

class FileOperations {
 public:
  virtual ~FileOperations() = default;

  // Flushes the table unless told not to, then links the files of all its sets, as the shard reads
  // them at one moment, into `directory`, which is made. Durable when it returns. Gives the sets:
  // of a shared one that this shard reads no more its share lives in others of the list.
  virtual Task<Result<std::vector<SetInUse>>> snapshot(TableId id, std::string directory,
                                                       bool skip_flush) = 0;
  // The sets that the shard reads now, those on their way in included.
  virtual Result<std::vector<SetInUse>> sets_in_use(const TableId& id) const = 0;
  // `count` generations that nobody else will use: the first, each next one kMaxShards above.
  virtual Result<uint64_t> reserve_generations(const TableId& id, uint32_t count) = 0;
  // Opens what is this shard's of complete sets in the table's directory and holds their indexes
  // against the data, with `read_all` also each row; nothing of them is visible yet. At a failure
  // no set stays open.
  virtual Task<Status> prepare_import(TableId id, std::vector<uint64_t> generations,
                                      bool read_all) = 0;
  // Makes what was prepared visible, all in one step, or forgets it. The files are the caller's.
  virtual Status finish_import(const TableId& id, bool publish) = 0;
  // Whether the set of every flush is linked into the table's backups/.
  virtual void set_incremental_backups(bool on) = 0;
};

}  // namespace ceto
