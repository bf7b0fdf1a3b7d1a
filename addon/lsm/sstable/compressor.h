// Compressor: Cassandra's chunk compressors by class name, bit-compatible with theirs. Stateless
// between calls but for the libraries' contexts; shard thread only.
// Source: org.apache.cassandra.io.compress.{LZ4,Snappy,Deflate,Zstd,Noop}Compressor
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

class Compressor {
 public:
  virtual ~Compressor() = default;
  virtual std::string_view class_name() const = 0;  // "LZ4Compressor"
  // Room that compress() may need for `size` bytes.
  virtual size_t bound(size_t size) const = 0;
  // Bytes written to `to`, which has bound(from.size()) bytes of room; 0 when the library failed.
  virtual size_t compress(Bytes from, uint8_t* to) = 0;
  // Fills `to` from a whole chunk and returns its size; kFailed when `from` is not a compressed
  // chunk of at most `room` bytes.
  static constexpr size_t kFailed = SIZE_MAX;
  virtual size_t decompress(Bytes from, uint8_t* to, size_t room) = 0;
};

// `name` may carry its package. `options` as in the schema or in CompressionInfo.db. kInvalid with
// Cassandra's words for a class that Ceto does not have.
Result<std::unique_ptr<Compressor>> make_compressor(
    std::string_view name, const std::map<std::string, std::string>& options);

}  // namespace ceto
