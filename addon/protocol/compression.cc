#include "protocol/compression.h"

#include <lz4.h>
#include <snappy-c.h>

#include "base/byte_io.h"

namespace ceto {
namespace {

Error damaged() { return {ErrorCode::kProtocolError, "Cannot decompress the body of the frame"}; }

// A block of LZ4 cannot stand for more than this many times its size, so that a short frame that
// claims to be huge is refused before memory is asked for it.
constexpr size_t kLz4MaxRatio = 255;

Status decompress_lz4(Bytes body, std::string& to) {
  if (body.size() < 4) return damaged();
  const size_t size = load_be<uint32_t>(body.data());
  const Bytes block = body.from(4);
  if (size > kMaxDecompressedBytes || size > block.size() * kLz4MaxRatio) return damaged();
  if (!lz4_decompress_block(block, size, to)) return damaged();
  return {};
}

Status decompress_snappy(Bytes body, std::string& to) {
  const char* const from = reinterpret_cast<const char*>(body.data());
  size_t size = 0;
  if (snappy_uncompressed_length(from, body.size(), &size) != SNAPPY_OK) return damaged();
  // Snappy's longest copy element gives 64 bytes for 3.
  constexpr size_t kMaxRatio = 64;
  if (size > kMaxDecompressedBytes || size > body.size() * kMaxRatio) return damaged();
  to.resize(size);
  if (snappy_uncompress(from, body.size(), to.data(), &size) != SNAPPY_OK) return damaged();
  return {};
}

}  // namespace

size_t lz4_compress_block(Bytes source, std::string& to) {
  const size_t before = to.size();
  const int source_size = static_cast<int>(source.size());
  CETO_ASSERT(source.size() <= LZ4_MAX_INPUT_SIZE);
  const int bound = LZ4_compressBound(source_size);
  to.resize(before + static_cast<size_t>(bound));
  const int size = LZ4_compress_default(reinterpret_cast<const char*>(source.data()),
                                        to.data() + before, source_size, bound);
  CETO_ASSERT(size > 0);
  to.resize(before + static_cast<size_t>(size));
  return static_cast<size_t>(size);
}

bool lz4_decompress_block(Bytes block, size_t size, std::string& to) {
  if (block.size() > LZ4_MAX_INPUT_SIZE || size > kMaxDecompressedBytes) return false;
  to.resize(size);
  const int got = LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), to.data(),
                                      static_cast<int>(block.size()), static_cast<int>(size));
  return got >= 0 && static_cast<size_t>(got) == size;
}

void compress_body(Compression compression, Bytes body, std::string& to) {
  switch (compression) {
    case Compression::kNone:
      to.append(reinterpret_cast<const char*>(body.data()), body.size());
      return;
    case Compression::kLz4: {
      ByteWriter(to).u32(static_cast<uint32_t>(body.size()));
      lz4_compress_block(body, to);
      return;
    }
    case Compression::kSnappy: {
      const size_t before = to.size();
      size_t size = snappy_max_compressed_length(body.size());
      to.resize(before + size);
      const auto status = snappy_compress(reinterpret_cast<const char*>(body.data()), body.size(),
                                          to.data() + before, &size);
      CETO_ASSERT(status == SNAPPY_OK);
      to.resize(before + size);
      return;
    }
  }
}

Status decompress_body(Compression compression, Bytes body, std::string& to) {
  switch (compression) {
    case Compression::kNone:
      to.assign(body.text());
      return {};
    case Compression::kLz4:
      return decompress_lz4(body, to);
    case Compression::kSnappy:
      return decompress_snappy(body, to);
  }
  CETO_UNREACHABLE("compression");
}

}  // namespace ceto
