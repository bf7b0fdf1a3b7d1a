// Replay: reading back the segments that a shard, or the shards of an earlier count, have left. Of
// every place where the log does not go on as it should it decides whether a write was cut there,
// which nobody was promised, or something is damaged that was known to be on disk: some later write
// says so. docs/formats/commitlog.md has the rules. Runs once, inside Store::open(). Shard thread
// only; what is passed outlives the returned task.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/task.h"
#include "lsm/commitlog_format.h"

namespace ceto {

// A place where replay left something out.
struct ReplaySkip {
  std::string path;
  uint64_t offset = 0;   // where the log does not go on
  uint64_t records = 0;  // whole ones behind it, in this and later segments
  uint64_t bytes = 0;    // of the runs behind it, as far as they are known
  bool damaged = false;  // something that was on disk for certain; else a write that was cut
  std::string reason;

  std::string text() const;
};

struct ReplayStats {
  uint64_t records = 0;
  std::vector<ReplaySkip> skips;
};

class ReplayHandler {
 public:
  virtual ~ReplayHandler() = default;
  // In the order of appending. `record` is valid during the call. An error ends the replay.
  virtual Status on_record(CommitPosition position, Bytes record) = 0;
  // Between two segments: what was brought may go to disk.
  virtual Task<Status> on_segment_end() { co_return Status{}; }
};

struct FoundSegment {
  SegmentFile file;
  SegmentHeader header;
  bool headless = false;  // its header is damaged, but runs of its own follow
};

struct FoundSegments {
  std::vector<FoundSegment> written;  // ascending by id
  std::vector<SegmentFile> blank;     // never written to in this life
};

// The segments in one shard's folder; none when the folder is not there.
Task<Result<FoundSegments>> find_segments(Io& io, std::string directory);
// One file of any name.
Task<Result<FoundSegment>> read_segment_header(Io& io, SegmentFile file);

struct ReplayOptions {
  // Damage is passed over and reported, not an error.
  bool ignore_errors = false;
  // The segments are not all there were: a gap between them says nothing.
  bool may_have_gaps = false;
  // False: copies from elsewhere, which are synced but not written to.
  bool own_files = true;
};

// Gives the handler of each segment (nullptr: it is not read, its header counts all the same) every
// record of the log. `chain` holds all segments of one folder, ascending. Returns where the log
// ends. kCorrupt where something is damaged that was on disk for certain.
Task<Result<CommitPosition>> replay_log(
    Io& io, const std::vector<FoundSegment>& chain,
    const std::function<ReplayHandler*(const FoundSegment&)>& handler_of,
    const ReplayOptions& options, ReplayStats& stats);

}  // namespace ceto
