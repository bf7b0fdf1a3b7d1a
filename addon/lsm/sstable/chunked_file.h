// ChunkedFile: an immutable file as a row of uncompressed chunks that are read through the shard's
// chunk cache, with their checksums verified on the way in. FileCursor walks one: a contiguous
// window on the file that says kWait when its bytes are not in memory. A cursor that goes on to the
// file's end streams: it has the disk read ahead while it decodes, and keeps what it read to
// itself, so that a scan neither waits for each read nor drives others' chunks out of the cache. A
// file belongs to one SSTable and must outlive its cursors. Shard thread only. Source:
// org.apache.cassandra.io.util.CompressedChunkReader, io.compress.CompressionMetadata
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/io.h"
#include "lsm/chunk_cache.h"
#include "lsm/sstable/compression_info.h"
#include "lsm/sstable/compressor.h"
#include "lsm/store.h"
#include "lsm/work_pace.h"

namespace ceto {

// Chunks that the disk was asked for, not decoded yet. The disk holds a reference until it is done.
struct ChunkRead {
  bool has(uint64_t chunk) const { return chunk >= first && chunk - first < count; }

  uint64_t first = 0;
  uint64_t count = 0;
  uint64_t begin = 0;  // in the file
  uint64_t end = 0;
  AlignedBuffer buffer;
  IoRequest request;
  bool done = false;
  Waiter finished;
  std::shared_ptr<ChunkRead> held_by_disk;
};

// A decoded chunk: one of the cache, or a cursor's own.
class Chunk {
 public:
  Chunk() = default;
  explicit Chunk(ChunkCache::Ref cached) : cached_(std::move(cached)) {}
  Chunk(std::unique_ptr<uint8_t[]> own, size_t size) : own_(std::move(own)), own_size_(size) {}
  explicit operator bool() const { return own_ != nullptr || static_cast<bool>(cached_); }
  Bytes bytes() const { return own_ != nullptr ? Bytes(own_.get(), own_size_) : cached_.bytes(); }
  // Its own memory if that has `size` bytes; this is then no chunk any more.
  std::unique_ptr<uint8_t[]> take_memory(size_t size) {
    return own_size_ == size ? std::move(own_) : nullptr;
  }

 private:
  ChunkCache::Ref cached_;
  std::unique_ptr<uint8_t[]> own_;
  size_t own_size_ = 0;
};

class ChunkedFile {
 public:
  // One disk read asks for no more than this, and brings no more than this once it is uncompressed:
  // it is checked and uncompressed in one go, which must stay well below a slice.
  static constexpr uint64_t kMaxReadBytes = 256 * 1024;

  // A compressed file, or (info without chunks: chunk_length 0) a plain one.
  static Result<std::unique_ptr<ChunkedFile>> open_compressed(Io& io, ChunkCache& cache,
                                                              const std::string& path,
                                                              CompressionInfo info,
                                                              double crc_check_chance);
  // `checksums` has the CRC-32 of each chunk, or is empty: then nothing is verified.
  static Result<std::unique_ptr<ChunkedFile>> open_plain(Io& io, ChunkCache& cache,
                                                         const std::string& path,
                                                         uint32_t chunk_bytes,
                                                         std::vector<uint32_t> checksums,
                                                         double crc_check_chance);
  ChunkedFile(const ChunkedFile&) = delete;
  ~ChunkedFile();

  const std::string& path() const { return path_; }
  uint64_t length() const { return length_; }  // uncompressed
  uint64_t disk_bytes() const { return disk_bytes_; }
  // Null for a plain file.
  const CompressionInfo* compression() const { return compressor_ ? &info_ : nullptr; }
  uint32_t chunk_bytes() const { return chunk_bytes_; }
  // Of the places and checksums of the chunks.
  uint64_t offset_bytes() const {
    return info_.offsets.capacity() * sizeof(uint64_t) + checksums_.capacity() * sizeof(uint32_t);
  }
  uint64_t chunks() const { return (length_ + chunk_bytes_ - 1) / chunk_bytes_; }

  ChunkCache::Ref find(uint64_t chunk) { return cache_.find(id_, chunk); }
  bool cached(uint64_t chunk) const { return cache_.contains(id_, chunk); }
  enum class Keep : uint8_t { kInCache, kByCursor };
  // How many chunks from `first` on, of `wanted`, one read should bring. One for the cache ends
  // where that has a chunk.
  uint64_t read_count(uint64_t first, uint64_t wanted, Keep keep) const;
  // Asks the disk for `count` chunks from `first` with one read.
  std::shared_ptr<ChunkRead> start(uint64_t first, uint64_t count);
  // Reads go to the disk at the end of the turn, or now.
  void flush_reads() { io_.flush(); }
  // Waits until the read has brought what it asked for.
  Task<Status> complete(std::shared_ptr<ChunkRead> read);
  // Checks and decodes a chunk of a complete read, into `memory` of chunk_bytes() if there is some.
  Result<Chunk> decode(const ChunkRead& read, uint64_t chunk, std::unique_ptr<uint8_t[]> memory);
  // Completes the read, decodes its chunks from `from` on into the cache and appends them to
  // `into`. A damaged one is an error only when it is the first: those before it are good, and it
  // may not be needed.
  Task<Status> finish(std::shared_ptr<ChunkRead> read, uint64_t from,
                      std::vector<std::pair<uint64_t, Chunk>>& into);

  // For a salvage, which loses what it cannot read and must not take over damage: from here on
  // every chunk is checked, and a read that fails is asked for once more. A failure may pass; a bad
  // sector does not.
  void salvage() {
    check_threshold_ = uint64_t{1} << 32;
    reads_again_ = true;
  }
  // Reads the whole file past the cache and checks each chunk that has a checksum, whatever the
  // chance. Chunks that do not check are named in `damaged`. Gives the CRC-32 of all bytes.
  Task<Result<uint32_t>> check_stored(WorkPace pace, std::vector<Error>& damaged);

 private:
  class StoredCheck;

  struct Extent {
    uint64_t offset = 0;
    uint64_t size = 0;  // without checksum
  };

  ChunkedFile(Io& io, ChunkCache& cache, std::string path)
      : io_(io), cache_(cache), path_(std::move(path)), id_(cache.new_file()) {}
  Status open_file(double crc_check_chance);
  void submit(const std::shared_ptr<ChunkRead>& read);
  Extent extent(uint64_t chunk) const;
  uint64_t chunk_length(uint64_t chunk) const;
  bool should_check();
  Status decode_stored(uint64_t chunk, Bytes stored, uint8_t* into);

  Io& io_;
  ChunkCache& cache_;
  std::string path_;
  ChunkCache::FileId id_;
  int fd_ = -1;
  uint64_t disk_bytes_ = 0;
  uint64_t length_ = 0;
  uint32_t chunk_bytes_ = 0;
  CompressionInfo info_;
  std::unique_ptr<Compressor> compressor_;  // null: plain
  std::vector<uint32_t> checksums_;
  uint64_t check_threshold_ = 0;  // of 2^32
  bool reads_again_ = false;
  uint64_t random_state_ = 0;
};

class FileCursor {
 public:
  // `read_ahead`: the caller goes on to the end, so reads are large from the start. Otherwise they
  // grow while the cursor proves to be sequential.
  FileCursor(ChunkedFile& file, bool read_ahead);
  // Has the disk read ahead from the position on, before anything is asked for. Of a cursor that
  // goes on to the end.
  void start_streaming();

  uint64_t position() const { return position_; }
  uint64_t remaining() const { return file_->length() - position_; }
  const std::string& path() const { return file_->path(); }
  void seek(uint64_t position) {
    CETO_ASSERT(position <= file_->length());
    // Wraps for what lies before.
    const uint64_t distance = position - position_;
    if (distance <= static_cast<uint64_t>(end_ - at_)) {
      at_ += distance;
    } else {
      at_ = end_ = nullptr;
    }
    position_ = position;
  }

  // Makes the next `size` bytes contiguous. Bytes that were given before are valid until the next
  // ensure() or seek(). A size beyond the file's end is an error: the file contradicts itself.
  Step ensure(uint64_t size) {
    return size <= static_cast<uint64_t>(end_ - at_) ? Step::kReady : bring(size);
  }
  // What is contiguous at the position, at least what was ensured and not yet taken.
  Bytes window() const { return {at_, static_cast<size_t>(end_ - at_)}; }
  void advance(uint64_t size) {
    CETO_ASSERT(size <= static_cast<uint64_t>(end_ - at_));
    at_ += size;
    position_ += size;
  }

  Task<void> wait();
  bool waiting() const { return waiting_position_ != UINT64_MAX; }
  bool failed() const { return failed_; }
  const Error& error() const { return error_; }
  // Makes every later step fail; gives kError.
  Step fail(Error error);
  Step fail_corrupt(const std::string& what);

 private:
  // Reads that a streaming cursor has with the disk: enough that this never waits for the next one.
  // Two are asked for at once, as each call on the disk has its price.
  static constexpr size_t kMostReadsAhead = 4;
  static constexpr size_t kLeastReadsAhead = 2;
  // Of bytes that lie in two chunks: room for the head of a row, whose size is not known before.
  static constexpr uint64_t kLeastJoinedBytes = 64;

  Step bring(uint64_t size);
  Chunk take(uint64_t chunk);
  Chunk decode_streamed(uint64_t chunk);
  void keep_previous(uint64_t chunk, Chunk chunk_bytes);
  Task<void> wait_streaming();
  Step need(uint64_t size);
  void join(uint64_t size, const std::vector<std::pair<uint64_t, Chunk>>& found);
  void show(uint64_t first, Bytes bytes);
  void pin(uint64_t chunk, Chunk chunk_bytes);
  std::shared_ptr<ChunkRead> read_for(uint64_t chunk);
  void read_ahead(uint64_t from);

  ChunkedFile* file_;
  uint64_t position_ = 0;
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  Chunk pinned_;  // the chunk under the window, unless it is joined_
  uint64_t pinned_chunk_ = UINT64_MAX;
  // The one before it: steps that are repeated go to and fro between two.
  Chunk previous_;
  uint64_t previous_chunk_ = UINT64_MAX;
  std::vector<uint8_t> joined_;  // what the window shows when it lies in several chunks
  // Loaded or found for the step in progress.
  std::vector<std::pair<uint64_t, Chunk>> held_;
  // Streaming: the read that the walk is in. A chunk is decoded when the walk comes to it, into the
  // memory of the one before the previous, so that both are still in the processor's cache.
  std::shared_ptr<ChunkRead> streamed_;
  std::unique_ptr<uint8_t[]> spare_;
  std::deque<std::shared_ptr<ChunkRead>> ahead_;  // in the file's order
  bool to_the_end_;
  bool streams_ = false;
  // The step that waits: asked again for less first, it is still given all, so it comes forward
  // however small the cache is.
  uint64_t waiting_position_ = UINT64_MAX;
  uint64_t waiting_size_ = 0;
  uint64_t need_first_ = 0;
  uint64_t need_last_ = 0;
  uint64_t next_sequential_ = UINT64_MAX;
  uint64_t read_ahead_chunks_ = 1;
  bool failed_ = false;
  Error error_;
};

}  // namespace ceto
