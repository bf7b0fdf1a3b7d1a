#include "lsm/commitlog_replay.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "lsm/crc32c.h"

namespace ceto {

namespace {

constexpr uint32_t kReadBytes = 4u << 20;
constexpr uint64_t kNoLimit = UINT64_MAX;

// A segment that counts, and how far.
struct Link {
  const FoundSegment* segment = nullptr;
  uint64_t limit = kNoLimit;  // where the log had ended when the next segment was begun
  // The next one knows nothing of it: its log ended before, or began anew. How far it goes nobody
  // says.
  bool last_of_life = false;
};

struct Content {
  AlignedBuffer memory;
  size_t size = 0;
  Bytes bytes() const { return {memory.data(), size}; }
};

// What lies behind a place where the log does not go on.
struct Behind {
  CommitPosition proof = 0;  // the latest position that some run says was on disk
  uint64_t records = 0;
  uint64_t bytes = 0;
  size_t next_run = 0;  // in the same segment; 0: none
};

Task<Result<Content>> read_segment(Io& io, const std::string& path) {
  const auto info = io.stat(path);
  if (!info) co_return info.error();
  const auto fd = io.open(path, Io::Open::kRead);
  if (!fd) co_return fd.error();
  Content content;
  content.memory = AlignedBuffer(align_up(info.value().size_bytes) + kIoAlignment);
  while (content.size < info.value().size_bytes) {
    const uint64_t left = align_up(info.value().size_bytes - content.size);
    const uint32_t size = static_cast<uint32_t>(std::min<uint64_t>(kReadBytes, left));
    const int32_t got =
        co_await io.read(fd.value(), content.memory.data() + content.size, size, content.size);
    if (got < 0) {
      io.close(fd.value());
      co_return io_error(-got, "reading " + path);
    }
    content.size += static_cast<size_t>(got);
    if (got == 0 || got % kIoAlignment != 0) break;
  }
  io.close(fd.value());
  co_return content;
}

std::optional<RunHeader> run_at(Bytes segment, size_t at, uint64_t id) {
  if (at + kRunHeaderBytes > segment.size()) return std::nullopt;
  const auto header = load_run_header(segment.sub(at, kRunHeaderBytes));
  if (!header || header->segment_id != id) return std::nullopt;
  return header;
}

Bytes payload_of(Bytes segment, size_t at, const RunHeader& header) {
  const size_t begin = at + kRunHeaderBytes;
  return segment.sub(begin, std::min<size_t>(header.length, segment.size() - begin));
}

uint64_t count_records(Bytes payload) {
  uint64_t count = 0;
  for (size_t at = 0; at + kRecordHeaderBytes <= payload.size(); ++count) {
    const RecordHeader header = load_record_header(payload.data() + at);
    at += kRecordHeaderBytes;
    if (header.length > payload.size() - at ||
        !record_checks(header, payload.sub(at, header.length))) {
      break;
    }
    at += header.length;
  }
  return count;
}

// Visits all runs of the segment from `from` on, wherever they lie: where, and the header.
template <class Visit>
void each_run(Bytes segment, size_t from, uint64_t id, Visit visit) {
  for (size_t at = align_up(from); at + kRunHeaderBytes <= segment.size();) {
    const auto header = run_at(segment, at, id);
    if (!header) {
      at += kIoAlignment;
      continue;
    }
    visit(at, *header);
    at = align_up(at + kRunHeaderBytes + header->length);
  }
}

void look_behind(Bytes segment, size_t from, uint64_t id, Behind& behind) {
  each_run(segment, from, id, [&](size_t at, const RunHeader& header) {
    if (behind.next_run == 0) behind.next_run = at;
    behind.proof = std::max(behind.proof, header.durable);
    behind.bytes += header.length;
    behind.records += count_records(payload_of(segment, at, header));
  });
}

// The part of a segment of which no run says that it was on disk; whole sectors.
struct Unproven {
  size_t from = 0, to = 0;
};

Unproven unproven_part(const Link& link, Bytes segment) {
  const uint64_t id = link.segment->header.id;
  Unproven out;
  each_run(segment, kSegmentHeaderBytes, id, [&](size_t at, const RunHeader& header) {
    if (segment_of(header.durable) == id) out.from = align_up(offset_of(header.durable));
    out.to = std::min(align_up(at + kRunHeaderBytes + header.length), align_up(segment.size()));
  });
  if (link.limit < out.to) out.to = align_up(link.limit);
  return out;
}

// All that may be applied is on disk once this succeeds: a record may be of several tables, and
// what is flushed of one must not outlive the rest. What is not proven may have been read from the
// system's memory, where a sync that failed has left it for clean, and another would prove nothing.
// It is written again as it stands, so a cut of that leaves what was there.
Task<Status> secure(Io& io, const Link& link, Content& content, bool write_again) {
  const std::string path = link.segment->file.path;
  const Io::Open mode = write_again ? Io::Open::kReadWrite : Io::Open::kRead;
  const Unproven part = unproven_part(link, content.bytes());
  if (part.from >= part.to) co_return Status{};
  const auto fd = io.open(path, mode);
  if (!fd) co_return fd.error();
  const size_t behind = std::max(part.to, content.size) - content.size;
  std::memset(content.memory.data() + content.size, 0, behind);
  int32_t result = 0;
  for (size_t at = part.from; write_again && at < part.to && result >= 0;) {
    const uint32_t size = static_cast<uint32_t>(std::min<size_t>(kReadBytes, part.to - at));
    result = co_await io.write(fd.value(), content.memory.data() + at, size, at);
    if (result != static_cast<int32_t>(size)) result = std::min(result, -EIO);
    at += size;
  }
  if (result >= 0) result = co_await io.data_sync(fd.value());
  io.close(fd.value());
  if (result < 0) co_return io_error(-result, "writing " + path + " again");
  co_return Status{};
}

// Applies a segment's records; says where and why it stopped.
class SegmentWalk {
 public:
  SegmentWalk(const Link& link, Bytes content, ReplayHandler& handler, ReplayStats& stats)
      : id_(link.segment->header.id),
        limit_(link.limit),
        content_(content),
        handler_(handler),
        stats_(stats) {}

  // From a run's begin to the end of the log in this segment, or to where it does not go on.
  Status run(size_t from) {
    at_ = from;
    reason_.clear();
    while (at_ < limit_) {
      const auto header = run_at(content_, at_, id_);
      if (!header) {
        broken(at_, "there is no run where one was expected");
        return {};
      }
      const size_t begin = at_ + kRunHeaderBytes;
      const Bytes payload = payload_of(content_, at_, *header);
      const bool whole = payload.size() == header->length && crc32c(payload) == header->checksum;
      skipped_ = payload.size();
      CETO_TRY(records(payload, begin));
      if (at_ >= limit_) break;
      if (!whole || at_ != begin + payload.size()) {
        broken(at_, "a run does not match its checksum");
        return {};
      }
      at_ = align_up(at_);
    }
    return {};
  }

  // Nothing is wrong as far as this segment can tell.
  bool at_limit() const { return reason_.empty(); }
  const std::string& reason() const { return reason_; }
  size_t broken_at() const { return broken_; }
  uint64_t skipped_bytes() const { return skipped_; }
  // The end of the last record; 0: none yet.
  uint64_t end() const { return end_; }

 private:
  Status records(Bytes payload, size_t begin) {
    size_t at = 0;
    at_ = begin;
    while (at + kRecordHeaderBytes <= payload.size() && at_ < limit_) {
      const RecordHeader header = load_record_header(payload.data() + at);
      const size_t size = kRecordHeaderBytes + header.length;
      if (header.length > payload.size() - at - kRecordHeaderBytes) return {};
      const Bytes record = payload.sub(at + kRecordHeaderBytes, header.length);
      if (begin + at + size > limit_ || !record_checks(header, record)) return {};
      ++stats_.records;
      at += size;
      at_ = end_ = begin + at;
      skipped_ -= size;
      CETO_TRY(handler_.on_record(make_position(id_, at_), record));
    }
    return {};
  }
  void broken(size_t at, const char* reason) {
    broken_ = at;
    reason_ = reason;
  }

  const uint64_t id_;
  const uint64_t limit_;
  const Bytes content_;
  ReplayHandler& handler_;
  ReplayStats& stats_;
  size_t at_ = 0;
  size_t broken_ = 0;
  uint64_t end_ = 0;
  uint64_t skipped_ = 0;  // of the run in hand
  std::string reason_;
};

// From the last to the first: each segment says where the log had ended before it, and what lies
// between is void.
std::vector<Link> links_of(const std::vector<FoundSegment>& chain) {
  std::vector<Link> links;
  CommitPosition end = UINT64_MAX;
  for (size_t i = chain.size(); i-- > 0;) {
    const FoundSegment& segment = chain[i];
    if (segment_of(end) < segment.header.id) continue;
    const bool next_says = segment_of(end) == segment.header.id && end != UINT64_MAX;
    links.push_back({&segment, next_says ? offset_of(end) : kNoLimit});
    // Without its header nothing is known of those before it but that they end before it.
    end = segment.headless ? UINT64_MAX : segment.header.previous_end;
  }
  std::reverse(links.begin(), links.end());
  return links;
}

// An archive may hold what several lives of the log wrote, each behind a restore or a removal of
// the log's folder: the first segment of a life says nothing of those before. So what each says
// counts only for the one that it names, and none is void: a failed one holds what a later one has
// too.
std::vector<Link> archive_links_of(const std::vector<FoundSegment>& chain) {
  std::vector<Link> links;
  std::map<uint64_t, uint64_t> limits;  // by id
  for (size_t i = chain.size(); i-- > 0;) {
    const FoundSegment& segment = chain[i];
    const auto limit = limits.find(segment.header.id);
    const bool next_knows = i + 1 == chain.size() || chain[i + 1].headless ||
                            segment_of(chain[i + 1].header.previous_end) >= segment.header.id;
    links.push_back({&segment, limit == limits.end() ? kNoLimit : limit->second, !next_knows});
    if (segment.headless) continue;
    const CommitPosition end = segment.header.previous_end;
    const auto [at, added] = limits.try_emplace(segment_of(end), offset_of(end));
    if (!added) at->second = std::min(at->second, offset_of(end));
  }
  std::reverse(links.begin(), links.end());
  return links;
}

class LogReplay {
 public:
  LogReplay(Io& io, std::vector<Link> links, const ReplayOptions& options, ReplayStats& stats)
      : io_(io), links_(std::move(links)), options_(options), stats_(stats) {}

  Task<Result<CommitPosition>> run(
      const std::function<ReplayHandler*(const FoundSegment&)>& handler_of) {
    for (at_ = 0; at_ < links_.size() && !ended_; ++at_) {
      Status done = check_predecessor();
      if (!done) co_return std::move(done.error());
      if (missing_) {
        Task<Status> judged = judge(0, 0, "a segment before it is missing or lost its header");
        done = co_await std::move(judged);
        if (!done) co_return std::move(done.error());
        if (ended_) break;
      }
      ReplayHandler* const handler = handler_of(*links_[at_].segment);
      if (!handler) continue;
      Task<Status> replayed = replay(*handler);
      done = co_await std::move(replayed);
      if (!done) co_return std::move(done.error());
    }
    co_return end_;
  }

 private:
  // Segments are given up in order: one that is there has its successors too.
  Status check_predecessor() {
    missing_ = false;
    const FoundSegment& segment = *links_[at_].segment;
    if (at_ == 0 || segment.headless || options_.may_have_gaps) return {};
    missing_ = segment_of(segment.header.previous_end) > links_[at_ - 1].segment->header.id;
    return {};
  }

  bool next_is_unknown() const {
    if (at_ + 1 >= links_.size()) return false;
    const FoundSegment& next = *links_[at_ + 1].segment;
    return next.headless || segment_of(next.header.previous_end) > links_[at_].segment->header.id;
  }

  Task<Status> replay(ReplayHandler& handler) {
    const Link& link = links_[at_];
    Task<Result<Content>> reading = read_segment(io_, link.segment->file.path);
    auto content = co_await std::move(reading);
    if (!content) co_return std::move(content.error());
    Task<Status> securing = secure(io_, link, content.value(), options_.own_files);
    CETO_CO_TRY(co_await std::move(securing));
    const Bytes bytes = content.value().bytes();
    SegmentWalk walk(link, bytes, handler, stats_);
    size_t from = kSegmentHeaderBytes;
    if (link.segment->headless) {
      Task<Status> judged = judge(0, 0, "the header of the segment is damaged");
      CETO_CO_TRY(co_await std::move(judged));
      if (ended_) co_return Status{};
    }
    while (from != 0) {
      CETO_CO_TRY(walk.run(from));
      if (walk.end() > 0) end_ = make_position(link.segment->header.id, walk.end());
      from = 0;
      if (walk.at_limit()) break;
      behind_ = {};
      look_behind(bytes, walk.broken_at() + 1, link.segment->header.id, behind_);
      const size_t next = behind_.next_run;
      // Only the segment that follows could say where this one ends: what it lacks is told there.
      if (next == 0 && walk.skipped_bytes() == 0 && next_is_unknown()) break;
      Task<Status> judged = judge(walk.broken_at(), walk.skipped_bytes(), walk.reason());
      CETO_CO_TRY(co_await std::move(judged));
      if (!ended_) from = next;
    }
    Task<Status> after = handler.on_segment_end();
    co_return co_await std::move(after);
  }

  // The log does not go on at `offset` of the segment in hand, whose runs behind it are counted in
  // `behind_`. Ends the replay, or not when damage is to be passed over.
  Task<Status> judge(size_t offset, uint64_t cut_bytes, std::string reason) {
    const FoundSegment& segment = *links_[at_].segment;
    const size_t first = offset == 0 ? at_ : at_ + 1;
    const size_t until = links_[at_].last_of_life ? at_ + 1 : links_.size();
    if (offset == 0) behind_ = {};
    for (size_t i = first; i < until; ++i) {
      Task<Result<Content>> reading = read_segment(io_, links_[i].segment->file.path);
      auto content = co_await std::move(reading);
      if (!content) co_return std::move(content.error());
      look_behind(content.value().bytes(), kSegmentHeaderBytes, links_[i].segment->header.id,
                  behind_);
    }
    const bool last = first >= until;
    const bool damaged = behind_.proof > make_position(segment.header.id, offset);
    // Zeros, or what the file held in an earlier life, with nothing behind: simply the end.
    const bool plain = last && !damaged && behind_.bytes == 0 && cut_bytes == 0;
    if (!plain) {
      stats_.skips.push_back({segment.file.path, offset, behind_.records, behind_.bytes + cut_bytes,
                              damaged, std::move(reason)});
    }
    if (damaged && !options_.ignore_errors) {
      co_return corrupt(stats_.skips.back().text() +
                        "; a start with ceto_commitlog_ignore_replay_errors passes over it");
    }
    ended_ = !damaged && until == links_.size();
    co_return Status{};
  }

  Io& io_;
  const std::vector<Link> links_;
  const ReplayOptions& options_;
  ReplayStats& stats_;
  size_t at_ = 0;
  Behind behind_;
  bool missing_ = false;
  bool ended_ = false;
  CommitPosition end_ = 0;
};

}  // namespace

std::string ReplaySkip::text() const {
  const std::string left_out =
      std::to_string(bytes) + " bytes with " + std::to_string(records) + " whole records behind it";
  return damaged
             ? "commit log damaged: " + path + " at offset " + std::to_string(offset) + ": " +
                   reason + ", although later writes prove that it was on disk (" + left_out + ")"
             : "commit log cut: " + path + " ends at offset " + std::to_string(offset) + ": " +
                   reason + "; left out " + left_out;
}

Task<Result<FoundSegment>> read_segment_header(Io& io, SegmentFile file) {
  AlignedBuffer sectors(2 * kIoAlignment);
  const auto fd = io.open(file.path, Io::Open::kRead);
  if (!fd) co_return fd.error();
  const int32_t got = co_await io.read(fd.value(), sectors.data(), 2 * kIoAlignment, 0);
  io.close(fd.value());
  if (got < 0) co_return io_error(-got, "reading " + file.path);
  const Bytes bytes(sectors.data(), static_cast<size_t>(got));
  FoundSegment found{std::move(file), {}, false};
  if (is_earlier_format(bytes)) {
    co_return corrupt(file.path +
                      " is a commit log of an earlier format: drain the node with the build that "
                      "wrote it, then remove the file");
  }
  const auto header = load_segment_header(bytes);
  if (header) {
    found.header = *header;
  } else if (run_at(bytes, kSegmentHeaderBytes, found.file.id)) {
    found.header.id = found.file.id;
    found.headless = true;
  }
  co_return found;
}

Task<Result<FoundSegments>> find_segments(Io& io, std::string directory) {
  FoundSegments found;
  const auto names = io.list(directory);
  if (!names) {
    const auto there = io.exists(directory);
    if (!there || there.value()) co_return names.error();
    co_return found;
  }
  for (const std::string& name : names.value()) {
    if (const auto spare = parse_spare_name(name)) {
      found.blank.push_back({*spare, directory + '/' + name});
      continue;
    }
    const auto id = parse_segment_name(name);
    if (!id) continue;
    SegmentFile file{*id, directory + "/" + name};
    Task<Result<FoundSegment>> reading = read_segment_header(io, file);
    auto segment = co_await std::move(reading);
    if (!segment) {
      // All shards look into all folders at once: the owner of this one has discarded or renamed it
      // meanwhile, which it does only to segments of the present shard count, whose records are its
      // own.
      const auto there = io.exists(file.path);
      if (there && !there.value()) continue;
      co_return std::move(segment.error());
    }
    // A file that was renamed for its next life and not written since has its old header.
    if (segment.value().header.id == *id) {
      found.written.push_back(std::move(segment.value()));
    } else {
      found.blank.push_back(std::move(file));
    }
  }
  std::sort(found.written.begin(), found.written.end(),
            [](const auto& a, const auto& b) { return a.file.id < b.file.id; });
  co_return found;
}

Task<Result<CommitPosition>> replay_log(
    Io& io, const std::vector<FoundSegment>& chain,
    const std::function<ReplayHandler*(const FoundSegment&)>& handler_of,
    const ReplayOptions& options, ReplayStats& stats) {
  LogReplay replay(io, options.may_have_gaps ? archive_links_of(chain) : links_of(chain), options,
                   stats);
  Task<Result<CommitPosition>> running = replay.run(handler_of);
  auto end = co_await std::move(running);
  co_return end;
}

}  // namespace ceto
