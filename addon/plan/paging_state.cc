#include "plan/paging_state.h"

#include "base/byte_io.h"
#include "schema/partition_key.h"

namespace ceto {

namespace {

constexpr uint8_t kVersion = 0xC1;  // no state of Cassandra's (their first byte is a vint's)
constexpr uint8_t kInside = 1;
constexpr uint8_t kLimited = 2;
constexpr uint8_t kPartitionLimited = 4;

Error invalid_state() { return {ErrorCode::kProtocolError, "Invalid value for the paging state"}; }

bool valid_key(const TableSchema& table, Bytes key, Arena& arena) {
  if (key.empty() || key.size() > UINT16_MAX) return false;
  const std::span<Bytes> components = arena.make_array<Bytes>(table.partition_key.size());
  if (!split_partition_key(key, components).ok()) return false;
  for (size_t i = 0; i < components.size(); ++i) {
    if (!validate(*table.partition_key[i]->type, components[i]).ok()) return false;
  }
  return true;
}

}  // namespace

void append_paging_state(const PagingPosition& position, std::string& to) {
  ByteWriter out(to);
  const bool limited = position.remaining != UINT64_MAX;
  const bool partition_limited = position.inside && position.remaining_in_partition != UINT64_MAX;
  out.u8(kVersion);
  out.u8(static_cast<uint8_t>((position.inside ? kInside : 0) | (limited ? kLimited : 0) |
                              (partition_limited ? kPartitionLimited : 0)));
  if (limited) out.unsigned_vint(position.remaining);
  if (partition_limited) out.unsigned_vint(position.remaining_in_partition);
  out.vint_bytes(position.key);
  if (!position.inside) return;
  if (position.encoded_clustering.empty()) return append_clustering(position.clustering, to);
  out.bytes(position.encoded_clustering);
}

void append_clustering(Clustering clustering, std::string& to) {
  ByteWriter out(to);
  for (Bytes value : clustering) out.vint_bytes(value);
}

Result<PagingPosition> decode_paging_state(const TableSchema& table, Bytes state, Arena& arena) {
  ByteReader in(state);
  PagingPosition made;
  made.given = true;
  const uint8_t version = in.u8();
  const uint8_t flags = in.u8();
  if (in.failed() || version != kVersion || flags > 7) return invalid_state();
  made.inside = (flags & kInside) != 0;
  made.remaining = (flags & kLimited) != 0 ? in.unsigned_vint() : UINT64_MAX;
  made.remaining_in_partition = (flags & kPartitionLimited) != 0 ? in.unsigned_vint() : UINT64_MAX;
  made.key = in.vint_bytes();
  if (in.failed() || !valid_key(table, made.key, arena)) return invalid_state();
  if (made.inside) {
    const std::span<Bytes> clustering = arena.make_array<Bytes>(table.clustering.size());
    if (clustering.empty()) return invalid_state();
    for (size_t i = 0; i < clustering.size(); ++i) {
      clustering[i] = in.vint_bytes();
      if (in.failed() || !validate(*table.clustering[i]->type, clustering[i]).ok()) {
        return invalid_state();
      }
    }
    made.clustering = clustering;
  }
  if (in.failed() || !in.at_end()) return invalid_state();
  if (made.remaining == 0 || (made.inside && made.remaining_in_partition == 0)) {
    return invalid_state();
  }
  return made;
}

}  // namespace ceto
