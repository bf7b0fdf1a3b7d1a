// Hard links to sets of files, for snapshots and incremental backups. Shard thread only.
#pragma once

#include <string>

#include "lsm/table_files.h"

namespace ceto {

// Links a set that this shard wrote (the components that its TOC.txt names, and its mark) into
// `target`, which is there. Durable with the directory's next sync.
Status link_own_set(Io& io, const SSTableDescriptor& set, const ShardShare& share,
                    const std::string& target);

// Links all that is there of a set that others may be linking too, but for the marks of shares of
// `count` shards: whether those are rewritten depends on what the other shards give.
Status link_shared_set(Io& io, const std::string& directory, const FileSet& set, uint32_t count,
                       const std::string& target);

}  // namespace ceto
