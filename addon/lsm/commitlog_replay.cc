#include "lsm/commitlog_replay.h"

#include <algorithm>
#include <cstring>

namespace ceto {

namespace {

// What one read brings; a fresh segment is known to be empty after one.
constexpr uint32_t kReadBytes = 1u << 20;

// Reads up to `size` bytes; shorter at the end of the file.
Task<Result<size_t>> read_at(Io& io, int fd, uint8_t* to, uint32_t size, uint64_t offset) {
  const int32_t got = co_await io.read(fd, to, size, offset);
  if (got < 0) co_return io_error(-got, "reading the commit log");
  co_return static_cast<size_t>(got);
}

// Walks the records of a segment whose first `available` bytes are in memory.
class SegmentWalk {
 public:
  SegmentWalk(const FoundSegment& segment, ReplayHandler& handler, ReplayStats& stats)
      : id_(segment.header.id), handler_(handler), stats_(stats) {}

  bool ended() const { return ended_; }

  Status advance(Bytes memory, bool whole_file) {
    while (!ended_) {
      const size_t sector_left = kIoAlignment - at_ % kIoAlignment;
      if (sector_left < kRecordHeaderBytes) at_ += sector_left;
      if (at_ + kRecordHeaderBytes > memory.size()) {
        ended_ = whole_file;
        return {};
      }
      const RecordHeader header = load_record_header(memory.data() + at_);
      if (header.length == 0 && at_ % kIoAlignment != 0) {
        at_ += kIoAlignment - at_ % kIoAlignment;  // the rest of a write's last sector
        continue;
      }
      const bool ours = header.length != 0 && header.tag == record_tag(id_);
      const size_t end = at_ + kRecordHeaderBytes + header.length;
      if (ours && end > memory.size() && !whole_file) return {};
      if (!ours || end > memory.size() ||
          !record_checks(header, memory.sub(at_ + kRecordHeaderBytes, header.length))) {
        // Another tag is what the file held in an earlier life: nothing was cut.
        stats_.torn_segments += ours ? 1 : 0;
        ended_ = true;
        return {};
      }
      ++stats_.records;
      CETO_TRY(handler_.on_record(make_position(id_, end),
                                  memory.sub(at_ + kRecordHeaderBytes, header.length)));
      at_ = end;
    }
    return {};
  }

 private:
  uint64_t id_;
  ReplayHandler& handler_;
  ReplayStats& stats_;
  size_t at_ = kSegmentHeaderBytes;
  bool ended_ = false;
};

Task<Status> replay_file(Io& io, int fd, uint64_t size_bytes, SegmentWalk& walk) {
  AlignedBuffer memory(align_up(size_bytes) + kReadBytes);
  size_t available = 0;
  bool whole = false;
  while (!walk.ended()) {
    const auto got = co_await read_at(io, fd, memory.data() + available, kReadBytes, available);
    if (!got) co_return got.error();
    available += got.value();
    whole = got.value() < kReadBytes || available >= size_bytes;
    CETO_CO_TRY(walk.advance({memory.data(), available}, whole));
    CETO_ASSERT(!whole || walk.ended());
  }
  co_return Status{};
}

}  // namespace

Task<Result<FoundSegments>> find_segments(Io& io, std::string directory) {
  FoundSegments found;
  const auto names = io.list(directory);
  if (!names) {
    if (io.stat(directory).ok()) co_return names.error();
    co_return found;
  }
  AlignedBuffer sector(kSegmentHeaderBytes);
  for (const std::string& name : names.value()) {
    if (const auto spare = parse_spare_name(name)) {
      found.blank.push_back({*spare, directory + '/' + name});
      continue;
    }
    const auto id = parse_segment_name(name);
    if (!id) continue;
    SegmentFile file{*id, directory + "/" + name};
    const auto fd = io.open(file.path, Io::Open::kRead);
    if (!fd) {
      // All shards look into all folders at once: the owner of this one has discarded or renamed it
      // meanwhile, which it does only to segments of the present shard count, whose records are its
      // own.
      const auto there = io.exists(file.path);
      if (there && !there.value()) continue;
      co_return fd.error();
    }
    const auto got = co_await read_at(io, fd.value(), sector.data(), kSegmentHeaderBytes, 0);
    io.close(fd.value());
    if (!got) co_return got.error();
    const auto header = load_segment_header({sector.data(), got.value()});
    // A file that was renamed for its next life and not written since has its old header.
    if (header && header->id == *id) {
      found.written.push_back({std::move(file), *header});
    } else {
      found.blank.push_back(std::move(file));
    }
  }
  std::sort(found.written.begin(), found.written.end(),
            [](const auto& a, const auto& b) { return a.file.id < b.file.id; });
  co_return found;
}

Task<Status> replay_segment(Io& io, const FoundSegment& segment, ReplayHandler& handler,
                            ReplayStats& stats) {
  const auto info = io.stat(segment.file.path);
  if (!info) co_return info.error();
  const auto fd = io.open(segment.file.path, Io::Open::kRead);
  if (!fd) co_return fd.error();
  SegmentWalk walk(segment, handler, stats);
  Status done = co_await replay_file(io, fd.value(), info.value().size_bytes, walk);
  io.close(fd.value());
  co_return done;
}

}  // namespace ceto
