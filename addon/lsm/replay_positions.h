// ReplayPositions: from where on each table's records in a shard's commit log count at a start, in
// a small file beside the segments. Replay leaves out what a truncation has removed and what is in
// SSTables already: compaction may have purged there the deletion that such a record came too late
// for. The start also removes the SSTables that a truncation was to remove. Owned by the
// StoreContext; shard thread only, the file is written aside. docs/formats/commitlog.md has the
// grammar and says what must be on disk before what.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/io.h"
#include "lsm/async_mutex.h"
#include "lsm/commitlog_format.h"
#include "schema/table.h"

namespace ceto {

struct ReplayPosition {
  CommitPosition truncated = 0;  // records up to here are gone
  CommitPosition flushed = 0;    // records up to here are in SSTables
  uint32_t shard_count = 1;      // of the node at the truncation: whose tokens are gone
  // SSTables whose tokens of that share are gone, until their files or marks say so.
  std::vector<uint64_t> generations;
  friend bool operator==(const ReplayPosition&, const ReplayPosition&) = default;
};

class ReplayPositions {
 public:
  using Entries = std::map<TableId, ReplayPosition>;

  // `directory` is a shard's log folder.
  ReplayPositions(Io& io, std::string directory) : io_(io), directory_(std::move(directory)) {}

  // Nothing when there is no file; kCorrupt when it does not check.
  Status load();
  // Durable when it succeeds. After an error all is as before, but only a start could tell what is
  // on disk, until settle() has succeeded.
  Task<Status> truncate(TableId table, CommitPosition position, uint32_t shard_count,
                        std::vector<uint64_t> generations);
  // Every record of the table up to `position` is in SSTables. In memory, until settle().
  void flushed(const TableId& table, CommitPosition position);
  // The files and marks of all tables say by now what the generations said. In memory, until
  // settle(); before that a start does it all again.
  void forget_generations();
  // Forgets what no record can precede any more: those before `oldest` are in no segment. In
  // memory, and with the next save on disk.
  void prune(CommitPosition oldest);

  // The file says what memory says, once this succeeds.
  Task<Status> settle();
  // A truncation that was refused may count at the next start all the same: no SSTable may be made
  // that it does not name before settle() has succeeded.
  bool in_doubt() const { return saved_ < undone_; }

  // nullptr: all records of the table count.
  const ReplayPosition* find(const TableId& table) const;
  const Entries& entries() const { return entries_; }
  CommitPosition last_position() const;  // 0: none

  static std::string encode(const Entries& entries);
  // Nothing: it does not check.
  static std::optional<Entries> parse(Bytes content);

 private:
  Status write(const std::string& content) const;

  Io& io_;
  std::string directory_;
  Entries entries_;
  AsyncMutex saving_;
  // Of the entries; those on disk are of `saved_`.
  uint64_t version_ = 1, saved_ = 1, undone_ = 0;
};

}  // namespace ceto
