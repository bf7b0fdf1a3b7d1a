// Serialized values of several parts (protocol v3 and later, section 6, which is also how frozen
// values are stored), and how they are put together from the cells of a multi-cell column:
//   list, set = i32 n, (i32 size, bytes) * n          map = i32 n, (key, value) * n
//   tuple, UDT = (i32 size or -1 for null, bytes)*    fields at the end may be missing
//   vector = elements, of fixed size as they are, else each after its size as unsigned vint
// Readers are views on a value that must outlive them and never read past it. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/byte_io.h"
#include "types/type.h"

namespace ceto {

// Elements of a list or set; keys and values of a map in turn.
class CollectionReader {
 public:
  CollectionReader(const Type& type, Bytes value) : in_(value) {
    const int32_t count = value.empty() ? 0 : in_.i32();
    left_ = static_cast<int64_t>(count < 0 ? 0 : count) * (type.kind == TypeKind::kMap ? 2 : 1);
  }

  // How many parts are left, as the value claims; not yet checked against its size.
  int64_t remaining() const { return left_; }
  // False at the end and when the value is damaged, which failed() tells. A null part (IN lists
  // only) has data() == nullptr.
  bool next(Bytes& part) {
    if (left_ == 0) return false;
    bool null = false;
    part = in_.i32_bytes(&null);
    if (in_.failed()) return false;
    if (null) part = Bytes();
    --left_;
    return true;
  }
  bool failed() const { return in_.failed() || (left_ == 0 && !in_.at_end()); }

 private:
  ByteReader in_;
  int64_t left_;
};

// Fields of a tuple or UDT; those that are missing at the end read as null (data() == nullptr).
class TupleReader {
 public:
  explicit TupleReader(Bytes value) : in_(value) {}
  Bytes next() {
    if (in_.at_end()) return {};
    bool null = false;
    const Bytes field = in_.i32_bytes(&null);
    return null || in_.failed() ? Bytes() : field;
  }
  bool failed() const { return in_.failed(); }

 private:
  ByteReader in_;
};

class VectorReader {
 public:
  VectorReader(const Type& type, Bytes value)
      : in_(value), left_(type.dimensions), element_size_(type.parameters[0]->fixed_size) {}
  bool next(Bytes& element) {
    if (left_ == 0) return false;
    element = element_size_ >= 0 ? in_.bytes(static_cast<size_t>(element_size_)) : in_.vint_bytes();
    --left_;
    return !in_.failed();
  }
  bool failed() const { return in_.failed() || (left_ == 0 && !in_.at_end()); }

 private:
  ByteReader in_;
  uint32_t left_;
  int32_t element_size_;
};

// Writes the parts of a list, set, map, tuple or UDT. Collections begin with begin() and end with
// end(); tuples have neither.
class CollectionWriter {
 public:
  explicit CollectionWriter(std::string& to) : out_(to) {}
  void begin() { count_at_ = out_.reserve_u32(); }
  void part(Bytes bytes) { out_.i32_bytes(bytes); }
  void null() { out_.i32(-1); }
  // `count`: elements of a list or set, entries of a map.
  void end(uint32_t count) { out_.patch_u32(count_at_, count); }

 private:
  ByteWriter out_;
  size_t count_at_ = 0;
};

namespace detail {

inline uint8_t* store_part(uint8_t* to, Bytes part) {
  store_be(to, static_cast<int32_t>(part.size()));
  if (!part.empty()) std::memcpy(to + 4, part.data(), part.size());
  return to + 4 + part.size();
}

inline size_t udt_field(Bytes path) {
  return path.size() == 2 ? load_be<uint16_t>(path.data()) : SIZE_MAX;
}

}  // namespace detail

// The size of the value that `cells` of a multi-cell column of `type` make. `cells` is a range
// whose elements have `path` and `value`, in the path's order, live ones only.
template <class Cells>
size_t collection_value_size(const Type& type, const Cells& cells) {
  const bool keys = type.kind == TypeKind::kSet || type.kind == TypeKind::kMap;
  const bool values = type.kind != TypeKind::kSet;
  if (type.kind == TypeKind::kUdt) {
    size_t size = 4 * type.parameters.size();
    for (const auto& cell : cells) {
      if (detail::udt_field(cell.path) < type.parameters.size()) size += cell.value.size();
    }
    return size;
  }
  size_t size = 4;
  for (const auto& cell : cells) {
    if (keys) size += 4 + cell.path.size();
    if (values) size += 4 + cell.value.size();
  }
  return size;
}

// Writes that value to `to`, which has collection_value_size() bytes, and returns its end.
template <class Cells>
uint8_t* store_collection_value(const Type& type, const Cells& cells, uint8_t* to) {
  if (type.kind == TypeKind::kUdt) {
    size_t field = 0;
    for (const auto& cell : cells) {
      const size_t at = detail::udt_field(cell.path);
      if (at >= type.parameters.size() || at < field) continue;
      for (; field < at; ++field, to += 4) store_be<int32_t>(to, -1);
      to = detail::store_part(to, cell.value);
      ++field;
    }
    for (; field < type.parameters.size(); ++field, to += 4) store_be<int32_t>(to, -1);
    return to;
  }
  uint8_t* const count_at = to;
  to += 4;
  uint32_t count = 0;
  for (const auto& cell : cells) {
    if (type.kind != TypeKind::kList) to = detail::store_part(to, cell.path);
    if (type.kind != TypeKind::kSet) to = detail::store_part(to, cell.value);
    ++count;
  }
  store_be(count_at, count);
  return to;
}

}  // namespace ceto
