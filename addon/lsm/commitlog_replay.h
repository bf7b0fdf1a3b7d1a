// Replay: reading back the segments that a shard, or the shards of an earlier count, have left.
// Runs once, inside Store::open(). Shard thread only; what is passed outlives the returned task.
#pragma once

#include <string>
#include <vector>

#include "base/task.h"
#include "lsm/commitlog_format.h"

namespace ceto {

struct ReplayStats {
  uint64_t records = 0;
  // Segments whose last write was cut: a record of this segment whose checksum does not match.
  uint64_t torn_segments = 0;
};

class ReplayHandler {
 public:
  virtual ~ReplayHandler() = default;
  // In the order of appending. `record` is valid during the call. An error ends the replay.
  virtual Status on_record(uint64_t position, Bytes record) = 0;
};

struct FoundSegment {
  SegmentFile file;
  SegmentHeader header;
};

struct FoundSegments {
  std::vector<FoundSegment> written;  // ascending by id
  std::vector<SegmentFile> blank;     // without a header of their own: never written to
};

// The segments in one shard's folder; none when the folder is not there.
Task<Result<FoundSegments>> find_segments(Io& io, std::string directory);

// Gives the handler every whole record up to the first place where there is none.
Task<Status> replay_segment(Io& io, const FoundSegment& segment, ReplayHandler& handler,
                            ReplayStats& stats);

}  // namespace ceto
