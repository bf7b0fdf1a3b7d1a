// ComponentChecksums: the content of Digest.crc32. Its first line is Cassandra's: the CRC-32 of
// Data.db, all that Cassandra reads of the file. Ceto adds lines for the components that the format
// leaves without a checksum, so that a flipped bit in them is found too; files of Cassandra have
// none of them and are read without. docs/formats/sstable.md has the grammar. Shard thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

class ComponentChecksums {
 public:
  // Index.db is checked as it is read, in pieces of this size.
  static constexpr uint32_t kIndexChunkBytes = 8 * 1024;

  // Of a part of a component; `start` is that of what lies before it.
  static uint32_t crc_of(Bytes bytes, uint32_t start = 0);

  void add(std::string_view component, uint32_t crc);
  void add(std::string_view component, Bytes content) { add(component, crc_of(content)); }
  void set_index_chunks(std::vector<uint32_t> by_chunk) { index_chunks_ = std::move(by_chunk); }
  std::string serialize(uint32_t data_digest) const;

  static Result<ComponentChecksums> deserialize(Bytes content, const std::string& path);
  std::optional<uint32_t> data_digest() const { return data_digest_; }
  // kCorrupt when the component is listed with another checksum.
  Status check(std::string_view component, Bytes content, const std::string& path) const {
    return check(component, crc_of(content), content.size(), path);
  }
  Status check(std::string_view component, uint32_t crc, uint64_t size,
               const std::string& path) const;
  // By chunk; empty when the file has none.
  const std::vector<uint32_t>& index_chunks() const { return index_chunks_; }

 private:
  std::optional<uint32_t> data_digest_;
  std::map<std::string, uint32_t, std::less<>> components_;
  std::vector<uint32_t> index_chunks_;
};

}  // namespace ceto
