#include "lsm/sstable/chunked_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/byte_io.h"
#include "lsm/crc32.h"

namespace ceto {

Result<std::unique_ptr<ChunkedFile>> ChunkedFile::open_compressed(Io& io, ChunkCache& cache,
                                                                  const std::string& path,
                                                                  CompressionInfo info,
                                                                  double crc_check_chance) {
  std::unique_ptr<ChunkedFile> file(new ChunkedFile(io, cache, path));
  auto compressor = make_compressor(info.compressor, info.options);
  if (!compressor) return std::move(compressor.error());
  file->compressor_ = std::move(compressor).value();
  CETO_TRY(file->open_file(crc_check_chance));
  file->length_ = info.data_length;
  file->chunk_bytes_ = info.chunk_length;
  file->info_ = std::move(info);
  return file;
}

Result<std::unique_ptr<ChunkedFile>> ChunkedFile::open_plain(Io& io, ChunkCache& cache,
                                                             const std::string& path,
                                                             uint32_t chunk_bytes,
                                                             std::vector<uint32_t> checksums,
                                                             double crc_check_chance) {
  CETO_ASSERT(chunk_bytes > 0);
  std::unique_ptr<ChunkedFile> file(new ChunkedFile(io, cache, path));
  CETO_TRY(file->open_file(crc_check_chance));
  file->length_ = file->disk_bytes_;
  file->chunk_bytes_ = chunk_bytes;
  // Cassandra's compactions end with the checksum of an empty chunk when they flush twice.
  while (checksums.size() > file->chunks() && checksums.back() == 0) checksums.pop_back();
  if (!checksums.empty() && checksums.size() != file->chunks()) {
    return corrupt(path + ": " + std::to_string(file->length_) + " bytes, but checksums of " +
                   std::to_string(checksums.size()) + " chunks");
  }
  file->checksums_ = std::move(checksums);
  return file;
}

ChunkedFile::~ChunkedFile() {
  cache_.forget(id_);
  if (fd_ >= 0) io_.close(fd_);
}

Status ChunkedFile::open_file(double crc_check_chance) {
  check_threshold_ =
      static_cast<uint64_t>(std::llround(std::clamp(crc_check_chance, 0.0, 1.0) * 0x1p32));
  random_state_ = id_ | 1;
  auto info = io_.stat(path_);
  if (!info) return std::move(info.error());
  disk_bytes_ = info.value().size_bytes;
  auto opened = io_.open(path_, Io::Open::kRead);
  if (!opened) return std::move(opened.error());
  fd_ = opened.value();
  return {};
}

ChunkedFile::Extent ChunkedFile::extent(uint64_t chunk) const {
  if (compressor_ == nullptr) return {chunk * chunk_bytes_, chunk_length(chunk)};
  const uint64_t begin = info_.offsets[chunk];
  const uint64_t end = chunk + 1 < info_.offsets.size() ? info_.offsets[chunk + 1] : disk_bytes_;
  return {begin, end - begin - CompressionInfo::kChecksumBytes};
}

uint64_t ChunkedFile::chunk_length(uint64_t chunk) const {
  return std::min<uint64_t>(chunk_bytes_, length_ - chunk * chunk_bytes_);
}

// Chunks are checked with the table's crc_check_chance; a xorshift is random enough for that.
bool ChunkedFile::should_check() {
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
  return (random_state_ >> 32) < check_threshold_;
}

uint64_t ChunkedFile::read_count(uint64_t first, uint64_t wanted, Keep keep) const {
  const uint64_t limit =
      std::min({wanted, chunks() - first, std::max<uint64_t>(kMaxReadBytes / chunk_bytes_, 1)});
  const uint64_t begin = extent(first).offset;
  uint64_t count = 1;
  while (count < limit) {
    const Extent next = extent(first + count);
    if (next.offset + next.size - begin > kMaxReadBytes) break;
    if (keep == Keep::kInCache && cached(first + count)) break;
    ++count;
  }
  return count;
}

Status ChunkedFile::decode_stored(uint64_t chunk, Bytes stored, uint8_t* into) {
  const uint64_t length = chunk_length(chunk);
  const auto broken = [&](const char* what) {
    return corrupt(path_ + ": " + what + " of the chunk at offset " +
                   std::to_string(extent(chunk).offset));
  };
  if (compressor_ != nullptr || !checksums_.empty()) {
    const uint32_t expected = compressor_ != nullptr
                                  ? load_be<uint32_t>(stored.data() + stored.size())
                                  : checksums_[chunk];
    if (should_check() && expected != crc32_of(stored)) {
      return broken("bad checksum");
    }
  }
  if (compressor_ == nullptr || stored.size() >= info_.max_compressed_length) {
    if (stored.size() != length) return broken("bad size");
    std::memcpy(into, stored.data(), length);
    return {};
  }
  if (compressor_->decompress(stored, into, length) != length) {
    return broken("bad compressed bytes");
  }
  return {};
}

std::shared_ptr<ChunkRead> ChunkedFile::start(uint64_t first, uint64_t count) {
  CETO_ASSERT(count > 0 && first + count <= chunks());
  auto read = std::make_shared<ChunkRead>();
  read->first = first;
  read->count = count;
  read->begin = align_down(extent(first).offset);
  const Extent last = extent(first + count - 1);
  const uint64_t tail = compressor_ != nullptr ? CompressionInfo::kChecksumBytes : 0;
  read->end = last.offset + last.size + tail;
  read->buffer = AlignedBuffer(align_up(read->end) - read->begin);
  IoRequest& request = read->request;
  request.kind = IoRequest::Kind::kRead;
  request.fd = fd_;
  request.buffer = read->buffer.data();
  request.size = static_cast<uint32_t>(read->buffer.size());
  request.offset = read->begin;
  request.context = read.get();
  request.on_complete = [](IoRequest& done) {
    auto* at = static_cast<ChunkRead*>(done.context);
    const std::shared_ptr<ChunkRead> self = std::move(at->held_by_disk);
    self->done = true;
    self->finished.wake();
  };
  submit(read);
  return read;
}

void ChunkedFile::submit(const std::shared_ptr<ChunkRead>& read) {
  read->done = false;
  read->held_by_disk = read;
  io_.submit(read->request);
}

Task<Status> ChunkedFile::complete(std::shared_ptr<ChunkRead> read) {
  Waiter& finished = read->finished;
  if (!read->done) co_await finished;
  if (read->request.result < 0 && reads_again_) {
    submit(read);
    co_await finished;
  }
  const int32_t got = read->request.result;
  if (got < 0) co_return io_error(-got, "read " + path_);
  if (static_cast<uint64_t>(got) < read->end - read->begin) {
    co_return corrupt(path_ + ": ends at offset " + std::to_string(read->begin + uint64_t(got)) +
                      ", within a chunk");
  }
  co_return Status{};
}

Result<Chunk> ChunkedFile::decode(const ChunkRead& read, uint64_t chunk,
                                  std::unique_ptr<uint8_t[]> memory) {
  CETO_ASSERT(read.done && read.has(chunk));
  const Extent at = extent(chunk);
  const Bytes stored(read.buffer.data() + (at.offset - read.begin), at.size);
  const uint64_t length = chunk_length(chunk);
  if (memory == nullptr || length != chunk_bytes_) memory = cache_.take_memory(length);
  CETO_TRY(decode_stored(chunk, stored, memory.get()));
  return Chunk(std::move(memory), length);
}

Task<Status> ChunkedFile::finish(std::shared_ptr<ChunkRead> read, uint64_t from,
                                 std::vector<std::pair<uint64_t, Chunk>>& into) {
  CETO_CO_TRY(co_await complete(read));
  for (uint64_t chunk = from; chunk < read->first + read->count; ++chunk) {
    Result<Chunk> decoded = decode(*read, chunk, nullptr);
    if (!decoded && chunk > from) break;
    if (!decoded) co_return decoded.error();
    const uint64_t length = chunk_length(chunk);
    auto memory = decoded.value().take_memory(length);
    into.emplace_back(chunk, Chunk(cache_.insert(id_, chunk, std::move(memory), length)));
  }
  co_return Status{};
}

FileCursor::FileCursor(ChunkedFile& file, bool read_ahead) : file_(&file), to_the_end_(read_ahead) {
  if (read_ahead) read_ahead_chunks_ = ChunkedFile::kMaxReadBytes / file.chunk_bytes();
  read_ahead_chunks_ = std::max<uint64_t>(read_ahead_chunks_, 1);
}

void FileCursor::start_streaming() {
  CETO_ASSERT(to_the_end_ && ahead_.empty());
  next_sequential_ = position_ / file_->chunk_bytes();
  read_ahead(next_sequential_);
}

// From what this step holds or the read brought, else from the cache. None, and failed: damaged.
Chunk FileCursor::take(uint64_t chunk) {
  if (pinned_ && pinned_chunk_ == chunk) {
    pinned_chunk_ = UINT64_MAX;
    return std::move(pinned_);
  }
  if (previous_ && previous_chunk_ == chunk) return std::move(previous_);
  for (auto& [held_chunk, held] : held_) {
    if (held_chunk == chunk && held) return std::move(held);
  }
  if (streamed_ && streamed_->has(chunk)) return decode_streamed(chunk);
  return Chunk(file_->find(chunk));
}

Chunk FileCursor::decode_streamed(uint64_t chunk) {
  Result<Chunk> decoded = file_->decode(*streamed_, chunk, std::move(spare_));
  if (decoded) return std::move(decoded).value();
  fail(decoded.error());
  return {};
}

void FileCursor::keep_previous(uint64_t chunk, Chunk chunk_bytes) {
  if (auto memory = previous_.take_memory(file_->chunk_bytes())) spare_ = std::move(memory);
  previous_ = std::move(chunk_bytes);
  previous_chunk_ = chunk;
}

void FileCursor::show(uint64_t first, Bytes bytes) {
  const uint64_t offset = position_ - first * file_->chunk_bytes();
  at_ = bytes.data() + offset;
  end_ = bytes.data() + bytes.size();
}

// Makes `ref` the chunk under the window. What was loaded but not taken, or else the chunk so far,
// becomes the previous one.
void FileCursor::pin(uint64_t chunk, Chunk chunk_bytes) {
  if (pinned_) keep_previous(pinned_chunk_, std::move(pinned_));
  for (auto& [held_chunk, held] : held_) {
    if (held) keep_previous(held_chunk, std::move(held));
  }
  held_.clear();
  pinned_ = std::move(chunk_bytes);
  pinned_chunk_ = chunk;
}

Step FileCursor::bring(uint64_t size) {
  if (failed_) return Step::kError;
  if (size > remaining()) {
    return fail_corrupt("more than the file's " + std::to_string(file_->length()) +
                        " bytes are announced");
  }
  if (position_ == waiting_position_) size = std::max(size, waiting_size_);
  const Step step = need(size);
  waiting_position_ = step == Step::kWait ? position_ : UINT64_MAX;
  waiting_size_ = size;
  return step;
}

// Copies `size` bytes from the position on together, or what the chunks have of them.
void FileCursor::join(uint64_t size, const std::vector<std::pair<uint64_t, Chunk>>& found) {
  joined_.clear();
  uint64_t skipped = position_ - found.front().first * file_->chunk_bytes();
  for (const auto& [number, chunk] : found) {
    const Bytes bytes = chunk.bytes().from(skipped);
    const size_t n = std::min<uint64_t>(size - joined_.size(), bytes.size());
    joined_.insert(joined_.end(), bytes.begin(), bytes.begin() + n);
    skipped = 0;
  }
}

Step FileCursor::need(uint64_t size) {
  const uint64_t first = position_ / file_->chunk_bytes();
  const uint64_t last = (position_ + size - 1) / file_->chunk_bytes();
  std::vector<std::pair<uint64_t, Chunk>> found;
  bool missing = false;
  for (uint64_t chunk = first; chunk <= last; ++chunk) {
    Chunk ref = take(chunk);
    if (failed_) return Step::kError;
    if (ref) {
      if (first == last) {
        pin(chunk, std::move(ref));
        show(first, pinned_.bytes());
        return Step::kReady;
      }
      found.emplace_back(chunk, std::move(ref));
      continue;
    }
    if (!missing) need_first_ = chunk;
    need_last_ = chunk;
    missing = true;
  }
  at_ = end_ = nullptr;
  if (missing) {
    held_ = std::move(found);
    return Step::kWait;
  }
  join(std::max(size, kLeastJoinedBytes), found);
  // The last chunk is where the walk goes on, but after a head alone from the one before.
  pin(found.back().first, std::move(found.back().second));
  auto& before = found[found.size() - 2];
  keep_previous(before.first, std::move(before.second));
  at_ = joined_.data();
  end_ = at_ + joined_.size();
  return Step::kReady;
}

// The read that brings `chunk`: one that is under way already, or a new one.
std::shared_ptr<ChunkRead> FileCursor::read_for(uint64_t chunk) {
  while (!ahead_.empty()) {
    std::shared_ptr<ChunkRead> read = std::move(ahead_.front());
    ahead_.pop_front();
    if (read->has(chunk)) return read;
  }
  const auto keep = streams_ ? ChunkedFile::Keep::kByCursor : ChunkedFile::Keep::kInCache;
  const uint64_t needed = chunk <= need_last_ ? need_last_ - chunk + 1 : 1;
  const uint64_t wanted = std::max(needed, read_ahead_chunks_);
  return file_->start(chunk, file_->read_count(chunk, wanted, keep));
}

// Has the disk read what follows `from`.
void FileCursor::read_ahead(uint64_t from) {
  if (ahead_.size() > kLeastReadsAhead) return;
  uint64_t next = ahead_.empty() ? from : ahead_.back()->first + ahead_.back()->count;
  while (ahead_.size() < kMostReadsAhead && next < file_->chunks()) {
    ahead_.push_back(file_->start(
        next, file_->read_count(next, read_ahead_chunks_, ChunkedFile::Keep::kByCursor)));
    next += ahead_.back()->count;
  }
  // Not with the end of the turn: reads that are done already do not end it.
  file_->flush_reads();
}

Task<void> FileCursor::wait() {
  const uint64_t max_chunks =
      std::max<uint64_t>(ChunkedFile::kMaxReadBytes / file_->chunk_bytes(), 1);
  // A chunk may have been skipped because somebody else had it in the cache.
  const bool sequential =
      need_first_ >= next_sequential_ && need_first_ - next_sequential_ < max_chunks;
  if (sequential) read_ahead_chunks_ = std::min(read_ahead_chunks_ * 2, max_chunks);
  streams_ = to_the_end_ && sequential;
  streamed_.reset();
  if (streams_) {
    co_await wait_streaming();
    co_return;
  }
  ahead_.clear();
  uint64_t chunk = need_first_;
  std::vector<std::pair<uint64_t, Chunk>> loaded;
  while (chunk <= need_last_) {
    const Status status = co_await file_->finish(read_for(chunk), chunk, loaded);
    if (!status.ok()) {
      fail(status.error());
      co_return;
    }
    // All of the read, or what lies before a damaged chunk.
    chunk += loaded.size();
    for (auto& [number, bytes] : loaded) {
      if (number <= need_last_) held_.emplace_back(number, std::move(bytes));
    }
    loaded.clear();
  }
  next_sequential_ = chunk;
}

Task<void> FileCursor::wait_streaming() {
  uint64_t chunk = need_first_;
  while (chunk <= need_last_) {
    streamed_ = read_for(chunk);
    const uint64_t end = streamed_->first + streamed_->count;
    read_ahead(end);
    const Status status = co_await file_->complete(streamed_);
    if (!status.ok()) {
      streamed_.reset();
      fail(status.error());
      co_return;
    }
    for (; chunk <= need_last_ && chunk < end; ++chunk) {
      Chunk decoded = decode_streamed(chunk);
      if (failed_) co_return;
      held_.emplace_back(chunk, std::move(decoded));
    }
    next_sequential_ = end;
  }
}

Step FileCursor::fail(Error error) {
  if (!failed_) error_ = std::move(error);
  failed_ = true;
  at_ = end_ = nullptr;
  return Step::kError;
}

Step FileCursor::fail_corrupt(const std::string& what) {
  return fail(corrupt(file_->path() + ": " + what + " at offset " + std::to_string(position_)));
}

}  // namespace ceto
