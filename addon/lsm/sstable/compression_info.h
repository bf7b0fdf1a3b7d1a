// CompressionInfo: where each compressed chunk of Data.db lies. The chunks follow each other, each
// with the CRC-32 of its compressed bytes behind it. Immutable once read. Any thread. Source:
// org.apache.cassandra.io.compress.CompressionMetadata
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

struct CompressionInfo {
  std::string compressor;  // class name without package
  std::map<std::string, std::string> options;
  uint32_t chunk_length = 0;                   // uncompressed bytes of every chunk but the last
  uint32_t max_compressed_length = INT32_MAX;  // a chunk of this size or more is stored as it is
  uint64_t data_length = 0;                    // uncompressed bytes of the file
  std::vector<uint64_t> offsets;               // ascending

  static constexpr size_t kChecksumBytes = 4;
  static constexpr uint32_t kMaxChunkLength = 128u << 20;

  std::string serialize() const;
  // `compressed_size` is the size of Data.db, which the offsets must stay within.
  static Result<CompressionInfo> deserialize(Bytes content, uint64_t compressed_size,
                                             bool max_length, const std::string& path);
};

}  // namespace ceto
