// The files of one table on disk: Cassandra's layout <data>/<keyspace>/<table>-<32 hex>/, which
// sets of files are there, and whose they are. Any shard reads a directory; a shard changes only
// its own sets. docs/formats/data-directory.md explains marks and re-sharding. Shard thread only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "io/io.h"
#include "lsm/sstable/sstable.h"

namespace ceto {

// Shards are numbered below this, so that a generation tells which shard wrote it.
inline constexpr uint32_t kMaxShards = 1024;
constexpr uint64_t make_generation(uint64_t counter, uint32_t shard) {
  return counter * kMaxShards + shard;
}
// 0 for a set that is named by a uuid.
constexpr uint64_t generation_counter(uint64_t generation) {
  return generation < kFirstUuidGeneration ? generation / kMaxShards : 0;
}

std::string table_directory(const std::string& data_directory, const TableSchema& schema);
// How the name of the table's directory ends: "-<32 hex digits>".
std::string table_directory_ending(const TableId& id);

// "shard `shard` of `count`": whose tokens are meant.
struct ShardShare {
  uint32_t shard = 0;
  uint32_t count = 1;
  bool owns(Token token) const { return shard_of(token, count) == shard; }
  // That of shard `number % new_count` once there are `new_count` shards: whose work it becomes.
  bool falls_to(const ShardShare& present) const { return shard % present.count == present.shard; }
  friend bool operator==(const ShardShare&, const ShardShare&) = default;
};

// One generation's files.
struct FileSet {
  uint64_t generation = 0;
  std::string version;
  std::string uuid;                   // as in SSTableDescriptor
  bool complete = false;              // TOC.txt is there
  bool from_elsewhere = true;         // no mark says which share it holds: any token may be inside
  ShardShare share;                   // when not from elsewhere
  std::vector<ShardShare> rewritten;  // shares that live in other sets by now
  std::vector<std::string> file_names;  // all, marks included
  SSTableDescriptor descriptor(const std::string& directory) const {
    return {directory, generation, version, uuid};
  }
};

struct TableFiles {
  std::map<uint64_t, FileSet> sets;
  std::vector<std::string> transaction_logs;  // names
};

// kIo when the directory cannot be read; nothing when it is not there. Fails on the data of an
// SSTable that cannot be read, rather than serve a table without it.
Result<TableFiles> list_table_files(Io& io, const std::string& directory);

// Marks are empty files beside the set: nb-<generation>-big-<mark>.
std::string share_mark(const ShardShare& share);
std::string rewritten_mark(const ShardShare& share);
// Durable only with the directory's next sync.
Status write_mark(Io& io, const SSTableDescriptor& set, const std::string& mark);

// Whether no shard of `count` needs the set any more: every share that it may hold lives in other
// sets, by the marks.
bool is_rewritten(const FileSet& set, uint32_t count);

// Removes a set's files, TOC.txt first and marks last, so that a set of which some are left is
// known to be incomplete and whose it was. Goes on after an error, and gives the first.
Status remove_set(Io& io, const std::string& directory, const FileSet& set);
// Of these generations; durable when it succeeds.
Status remove_sets(Io& io, const std::string& directory, const std::vector<uint64_t>& generations);

}  // namespace ceto
