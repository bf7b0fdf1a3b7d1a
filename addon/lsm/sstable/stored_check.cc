// Checking a file's chunks as they lie on disk, without the cache and without decompression.
#include <zlib.h>

#include <algorithm>

#include "base/byte_io.h"
#include "lsm/sstable/chunked_file.h"

namespace ceto {

namespace {

uint32_t crc_of(uint32_t start, Bytes bytes) {
  return static_cast<uint32_t>(crc32(start, bytes.data(), static_cast<uInt>(bytes.size())));
}

}  // namespace

// Follows the chunks through the bytes of the file, which come in pieces of any size.
class ChunkedFile::StoredCheck {
 public:
  StoredCheck(const ChunkedFile& file, std::vector<Error>& damaged)
      : file_(file), damaged_(damaged), whole_(crc_of(0, {})) {}

  void add(Bytes piece) {
    whole_ = crc_of(whole_, piece);
    while (!piece.empty() && chunk_ < file_.chunks()) {
      const Extent at = file_.extent(chunk_);
      if (position_ < at.offset + at.size) {
        const size_t n = std::min<uint64_t>(piece.size(), at.offset + at.size - position_);
        crc_ = crc_of(crc_, piece.sub(0, n));
        advance(piece, n);
        if (!compressed() && position_ == at.offset + at.size) end_chunk();
        continue;
      }
      const size_t n = std::min(piece.size(), CompressionInfo::kChecksumBytes - tail_.size());
      tail_ += piece.sub(0, n).text();
      advance(piece, n);
      if (tail_.size() == CompressionInfo::kChecksumBytes) end_chunk();
    }
    position_ += piece.size();
  }

  uint32_t whole() const { return whole_; }

 private:
  bool compressed() const { return file_.compressor_ != nullptr; }
  void advance(Bytes& piece, size_t n) {
    piece = piece.from(n);
    position_ += n;
  }
  void end_chunk() {
    bool good = true;
    if (compressed()) {
      good = crc_ == load_be<uint32_t>(Bytes(tail_).data());
    } else if (!file_.checksums_.empty()) {
      good = crc_ == file_.checksums_[chunk_];
    }
    if (!good) {
      damaged_.push_back(corrupt(file_.path_ + ": bad checksum of the chunk at offset " +
                                 std::to_string(file_.extent(chunk_).offset)));
    }
    tail_.clear();
    crc_ = crc_of(0, {});
    ++chunk_;
  }

  const ChunkedFile& file_;
  std::vector<Error>& damaged_;
  uint32_t whole_;
  uint64_t position_ = 0;
  uint64_t chunk_ = 0;
  uint32_t crc_ = crc_of(0, {});
  std::string tail_;  // of the chunk's checksum
};

Task<Result<uint32_t>> ChunkedFile::check_stored(WorkPace pace, std::vector<Error>& damaged) {
  StoredCheck check(*this, damaged);
  AlignedBuffer buffer(kMaxReadBytes);
  for (uint64_t at = 0; at < disk_bytes_; at += kMaxReadBytes) {
    const int32_t got =
        co_await io_.read(fd_, buffer.data(), static_cast<uint32_t>(buffer.size()), at);
    if (got < 0) co_return io_error(-got, "read " + path_ + " at offset " + std::to_string(at));
    const uint64_t expected = std::min<uint64_t>(kMaxReadBytes, disk_bytes_ - at);
    const uint64_t here = std::min(static_cast<uint64_t>(got), expected);
    check.add(Bytes(buffer.data(), here));
    if (here < expected) {
      damaged.push_back(corrupt(path_ + ": ends at offset " + std::to_string(at + here)));
      break;
    }
    CETO_CO_TRY(co_await pace.step(here));
  }
  co_return check.whole();
}

}  // namespace ceto
