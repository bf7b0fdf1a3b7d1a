// Truncations: where in a shard's commit log each table was last truncated, in a small file beside
// the segments. Replay leaves out what lies before, and the start removes the SSTables that were to
// go. Shard thread only. docs/formats/commitlog.md has the grammar.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "io/io.h"
#include "schema/table.h"

namespace ceto {

struct Truncation {
  uint64_t position = 0;     // records up to here are gone
  uint32_t shard_count = 1;  // of the node at the time: whose tokens are gone
  // SSTables whose tokens of that share are gone, until their files or marks say so.
  std::vector<uint64_t> generations;
};

class Truncations {
 public:
  // `directory` is a shard's log folder.
  Truncations(Io& io, std::string directory) : io_(io), directory_(std::move(directory)) {}

  // Nothing when there is no file; kCorrupt when it does not check.
  Status load();
  // Durable when it returns; on an error all is as before.
  Status put(const TableId& table, Truncation truncation);
  // The files and marks of all tables say by now what the generations said. In memory only: the
  // next save() takes it to disk, and until then a start does it all again.
  void forget_generations();
  // Forgets the truncations before `oldest_position`, which no record can precede any more.
  Status prune(uint64_t oldest_position);
  const Truncation* find(const TableId& table) const;
  const std::map<TableId, Truncation>& entries() const { return entries_; }
  uint64_t last_position() const;  // 0: none

 private:
  Status save();

  Io& io_;
  std::string directory_;
  std::map<TableId, Truncation> entries_;
  bool changed_ = false;  // not saved
};

}  // namespace ceto
