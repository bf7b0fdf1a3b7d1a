#include "schema/partition_key.h"

#include "base/byte_io.h"

namespace ceto {
namespace {

Error too_long(size_t size) {
  return invalid_request("Key length of " + std::to_string(size) + " is longer than maximum of " +
                         std::to_string(kMaxKeyBytes));
}

}  // namespace

Status check_partition_key(Bytes key) {
  if (__builtin_expect(key.empty(), 0)) return invalid_request("Key may not be empty");
  if (__builtin_expect(key.size() > kMaxKeyBytes, 0)) return too_long(key.size());
  return {};
}

Result<Bytes> make_partition_key(std::span<const Bytes> components, Arena& arena) {
  CETO_ASSERT(!components.empty());
  if (components.size() == 1) {
    if (auto ok = check_partition_key(components[0]); !ok) return ok.error();
    return components[0];
  }
  size_t value_bytes = 0;
  for (const Bytes component : components) value_bytes += component.size();
  // Cassandra tells the size of the values; what only the framing makes too long is refused here
  // too.
  if (value_bytes > kMaxKeyBytes) return too_long(value_bytes);
  const size_t size = value_bytes + components.size() * (2 + 1);
  if (size > kMaxKeyBytes) return too_long(size);
  uint8_t* const key = arena.allocate_bytes(size);
  uint8_t* at = key;
  for (const Bytes component : components) {
    store_be(at, static_cast<uint16_t>(component.size()));
    at += 2;
    if (!component.empty()) std::memcpy(at, component.data(), component.size());
    at += component.size();
    *at++ = 0;
  }
  CETO_ASSERT(at == key + size);
  return Bytes(key, size);
}

Status split_partition_key(Bytes key, std::span<Bytes> components) {
  CETO_ASSERT(!components.empty());
  if (components.size() == 1) {
    components[0] = key;
    return {};
  }
  ByteReader in(key);
  for (Bytes& component : components) {
    component = in.u16_bytes();
    if (in.u8() != 0) in.fail();  // only in bounds, which no stored key is
  }
  if (in.failed() || !in.at_end()) return corrupt("Not a partition key of the table's columns");
  return {};
}

}  // namespace ceto
