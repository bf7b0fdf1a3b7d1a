// Compression of frame bodies (v3, v4: LZ4 after a big-endian u32 of the size, Snappy with its own)
// and of segment payloads (v5: LZ4 alone, both sizes stand in the header). Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

enum class Compression : uint8_t { kNone, kLz4, kSnappy };

// The most that a body may grow to; what the protocol allows for a frame.
inline constexpr size_t kMaxDecompressedBytes = size_t{256} << 20;

// Appends the compressed form of `body` to `to`.
void compress_body(Compression compression, Bytes body, std::string& to);

// Replaces `to` by what `body` was compressed from; kProtocolError when it is damaged or too large.
Status decompress_body(Compression compression, Bytes body, std::string& to);

// Raw LZ4 blocks. compress appends and returns the size; decompress replaces `to` and fails when
// the block does not give exactly `size` bytes.
size_t lz4_compress_block(Bytes source, std::string& to);
bool lz4_decompress_block(Bytes block, size_t size, std::string& to);

}  // namespace ceto
