// TransactionLog: makes the end of a compaction atomic. Before an output can be seen the log says
// that it is made (ADD), and which sets go (REMOVE); COMMIT turns it. A start that finds a log with
// COMMIT removes the old sets, one without removes the new ones. The file is Cassandra's,
// nb_txn_compaction_<uuid>.log, line by line `TYPE:[path,time,count][crc32]`; one that Cassandra
// left is followed as well. What it writes and syncs is done beside the shard's thread, for which
// the log must stay. Shard thread only. Source: org.apache.cassandra.db.lifecycle.LogRecord,
// LogFile
#pragma once

#include <string>
#include <vector>

#include "base/task.h"
#include "io/io.h"
#include "lsm/sstable/sstable.h"

namespace ceto {

struct TransactionRecords {
  std::vector<uint64_t> added;
  std::vector<uint64_t> removed;
  bool committed = false;
};

class TransactionLog {
 public:
  // `generation` makes the name unique and stands for no set.
  TransactionLog(Io& io, std::string directory, uint64_t generation, uint32_t shard);

  // Each is durable when it returns.
  Task<Status> begin(std::vector<SSTableDescriptor> inputs);
  // Nothing of these outputs, by generation, may be complete before. Not all need to be made.
  Task<Status> add(std::vector<uint64_t> outputs);
  // From here on the inputs count as gone. When it fails nobody knows whether they do, until
  // withdraw() has succeeded: they do not.
  Task<Status> commit();
  Task<Status> withdraw();
  // All that it names is gone or was never made.
  void remove();

  const std::string& path() const { return path_; }
  // The shard in a log's name; nullopt for logs that a Cassandra wrote.
  static std::optional<uint32_t> shard_of_name(std::string_view name);
  // Lines whose checksum does not match end the log, as Cassandra has it for the last line.
  static TransactionRecords parse(std::string_view content);

 private:
  Task<Status> write();

  Io& io_;
  std::string directory_;
  std::string path_;
  std::string content_;
  size_t uncommitted_bytes_ = 0;  // of content_, without COMMIT
};

}  // namespace ceto
