#include "lsm/sstable/compression_info.h"

#include "base/byte_io.h"

namespace ceto {

namespace {
constexpr uint32_t kMaxOptions = 64;
constexpr uint64_t kMaxEmptyChunks = 16;
}  // namespace

std::string CompressionInfo::serialize() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.u16_bytes(Bytes(compressor));
  out.u32(static_cast<uint32_t>(options.size()));
  for (const auto& [name, value] : options) {
    out.u16_bytes(Bytes(name));
    out.u16_bytes(Bytes(value));
  }
  out.u32(chunk_length);
  out.u32(max_compressed_length);
  out.u64(data_length);
  out.u32(static_cast<uint32_t>(offsets.size()));
  for (const uint64_t offset : offsets) out.u64(offset);
  return bytes;
}

Result<CompressionInfo> CompressionInfo::deserialize(Bytes content, uint64_t compressed_size,
                                                     bool max_length, const std::string& path) {
  ByteReader in(content);
  const auto broken = [&](const char* what) {
    const size_t at = content.size() - in.remaining();
    return corrupt(path + ": " + what + " at offset " + std::to_string(at));
  };
  CompressionInfo info;
  info.compressor = in.u16_bytes().str();
  const uint32_t option_count = in.u32();
  if (in.failed() || option_count > kMaxOptions) return broken("bad options");
  for (uint32_t i = 0; i < option_count; ++i) {
    std::string name = in.u16_bytes().str();
    info.options[std::move(name)] = in.u16_bytes().str();
  }
  info.chunk_length = in.u32();
  info.max_compressed_length = max_length ? in.u32() : INT32_MAX;
  info.data_length = in.u64();
  const uint64_t count = in.u32();
  if (in.failed() || info.chunk_length == 0 || info.chunk_length > kMaxChunkLength ||
      (info.chunk_length & (info.chunk_length - 1)) != 0) {
    return broken("bad chunk length");
  }
  // Cassandra's compactions end with an empty chunk when they flush twice.
  const uint64_t needed =
      info.data_length / info.chunk_length + (info.data_length % info.chunk_length != 0);
  if (count < needed || count > needed + kMaxEmptyChunks || in.remaining() != count * 8) {
    return broken("the count of chunks does not fit the length of the data");
  }
  info.offsets.reserve(count);
  uint64_t smallest = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t offset = in.u64();
    if ((i == 0 ? offset != 0 : offset < smallest) || offset + kChecksumBytes > compressed_size) {
      return broken("a chunk outside of the data file");
    }
    info.offsets.push_back(offset);
    smallest = offset + kChecksumBytes + 1;
  }
  return info;
}

}  // namespace ceto
