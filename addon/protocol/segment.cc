#include "protocol/segment.h"

#include "base/assert.h"
#include "base/byte_io.h"
#include "protocol/compression.h"
#include "protocol/crc.h"
#include "protocol/frame.h"

namespace ceto {
namespace {

constexpr unsigned kSizeBits = 17;
constexpr uint64_t kSizeMask = (uint64_t{1} << kSizeBits) - 1;
constexpr size_t kCrc24Bytes = 3;

uint64_t load_le(const uint8_t* from, size_t size) {
  uint64_t v = 0;
  for (size_t i = 0; i < size; ++i) v |= uint64_t{from[i]} << (8 * i);
  return v;
}

void append_le(std::string& to, uint64_t v, size_t size) {
  for (size_t i = 0; i < size; ++i) to += static_cast<char>(v >> (8 * i));
}

Error mismatch(const char* where, uint32_t read, uint32_t computed) {
  return {ErrorCode::kProtocolError,
          std::string("unrecoverable CRC mismatch detected in frame ") + where + ". Read " +
              std::to_string(static_cast<int32_t>(read)) + ", Computed " +
              std::to_string(static_cast<int32_t>(computed))};
}

}  // namespace

SegmentStatus decode_segment(Bytes stream, bool lz4, std::string& scratch, Segment& segment,
                             Error& error) {
  const size_t header_bytes = lz4 ? kLz4SegmentHeaderBytes : kSegmentHeaderBytes;
  const size_t field_bytes = header_bytes - kCrc24Bytes;
  if (stream.size() < header_bytes) return SegmentStatus::kNeedMore;
  const uint64_t fields = load_le(stream.data(), field_bytes);
  const auto header_crc = static_cast<uint32_t>(load_le(stream.data() + field_bytes, kCrc24Bytes));
  if (const uint32_t computed = crc24(fields, field_bytes); computed != header_crc) {
    error = mismatch("header", header_crc, computed);
    return SegmentStatus::kCorrupt;
  }
  const auto payload_size = static_cast<size_t>(fields & kSizeMask);
  const auto original_size = lz4 ? static_cast<size_t>(fields >> kSizeBits & kSizeMask) : 0;
  segment.self_contained = (fields >> (lz4 ? 2 * kSizeBits : kSizeBits) & 1) != 0;
  segment.wire_size = header_bytes + payload_size + kSegmentTrailerBytes;
  if (stream.size() < segment.wire_size) return SegmentStatus::kNeedMore;
  segment.payload = stream.sub(header_bytes, payload_size);
  const auto payload_crc = static_cast<uint32_t>(
      load_le(stream.data() + header_bytes + payload_size, kSegmentTrailerBytes));
  if (const uint32_t computed = crc32_of_payload(segment.payload); computed != payload_crc) {
    error = mismatch("body", payload_crc, computed);
    return SegmentStatus::kCorrupt;
  }
  if (original_size == 0) return SegmentStatus::kComplete;
  if (!lz4_decompress_block(segment.payload, original_size, scratch)) {
    error = {ErrorCode::kProtocolError, "Cannot decompress the payload of the frame"};
    return SegmentStatus::kCorrupt;
  }
  segment.payload = Bytes(scratch);
  return SegmentStatus::kComplete;
}

void encode_segment(Bytes payload, bool self_contained, bool lz4, std::string& to) {
  CETO_ASSERT(payload.size() <= kMaxSegmentPayload);
  const size_t header_bytes = lz4 ? kLz4SegmentHeaderBytes : kSegmentHeaderBytes;
  const size_t field_bytes = header_bytes - kCrc24Bytes;
  const size_t header_at = to.size();
  to.resize(header_at + header_bytes);
  const size_t payload_at = to.size();
  uint64_t original_size = 0;
  if (lz4 && !payload.empty()) {
    original_size = payload.size();
    if (lz4_compress_block(payload, to) >= payload.size()) {
      original_size = 0;  // it grew: sent as it is
      to.resize(payload_at);
    }
  }
  if (original_size == 0) {
    to.append(reinterpret_cast<const char*>(payload.data()), payload.size());
  }
  const size_t payload_size = to.size() - payload_at;
  uint64_t fields = payload_size;
  if (lz4) fields |= original_size << kSizeBits;
  if (self_contained) fields |= uint64_t{1} << (lz4 ? 2 * kSizeBits : kSizeBits);
  const uint64_t header = fields | uint64_t{crc24(fields, field_bytes)} << (8 * field_bytes);
  for (size_t i = 0; i < header_bytes; ++i) {
    to[header_at + i] = static_cast<char>(header >> (8 * i));
  }
  append_le(to, crc32_of_payload(Bytes(to).from(payload_at)), kSegmentTrailerBytes);
}

void encode_segments(Bytes envelopes, bool lz4, std::string& to) {
  size_t at = 0;
  while (at < envelopes.size()) {
    size_t end = at;
    while (end < envelopes.size()) {
      CETO_ASSERT(envelopes.size() - end >= kFrameHeaderBytes);
      const size_t next = end + kFrameHeaderBytes + load_be<uint32_t>(envelopes.data() + end + 5);
      CETO_ASSERT(next <= envelopes.size());
      if (next - at > kMaxSegmentPayload && end != at) break;
      end = next;
      if (end - at > kMaxSegmentPayload) break;  // one large envelope alone
    }
    if (end - at <= kMaxSegmentPayload) {
      encode_segment(envelopes.sub(at, end - at), true, lz4, to);
    } else {
      for (size_t from = at; from < end; from += kMaxSegmentPayload) {
        const size_t size = end - from < kMaxSegmentPayload ? end - from : kMaxSegmentPayload;
        encode_segment(envelopes.sub(from, size), false, lz4, to);
      }
    }
    at = end;
  }
}

}  // namespace ceto
