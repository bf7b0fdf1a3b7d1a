// Segments of protocol v5 (native_protocol_v5.spec, section 2), which carry envelopes after
// STARTUP. All integers are little-endian:
//   plain:  17 bits payload size, 1 bit self-contained, 6 bits 0, crc24
//   LZ4:    17 bits payload size, 17 bits size before compression (0: not compressed),
//           1 bit self-contained, 5 bits 0, crc24
//   then the payload and its crc32
// A self-contained segment holds whole envelopes; one that is too large for a segment is cut over
// segments of its own. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

inline constexpr size_t kMaxSegmentPayload = (size_t{1} << 17) - 1;
inline constexpr size_t kSegmentHeaderBytes = 6;
inline constexpr size_t kLz4SegmentHeaderBytes = 8;
inline constexpr size_t kSegmentTrailerBytes = 4;

struct Segment {
  Bytes payload;  // in the stream, or in the scratch when it was compressed
  bool self_contained = true;
  size_t wire_size = 0;
};

enum class SegmentStatus : uint8_t { kComplete, kNeedMore, kCorrupt };

// The segment at the start of `stream`. After kCorrupt (with the reason in `error`) the connection
// cannot go on: Cassandra closes it too.
SegmentStatus decode_segment(Bytes stream, bool lz4, std::string& scratch, Segment& segment,
                             Error& error);

// Appends one segment with `payload` of up to kMaxSegmentPayload bytes.
void encode_segment(Bytes payload, bool self_contained, bool lz4, std::string& to);

// Appends the segments of `envelopes`, a run of whole response envelopes: as many in a segment as
// fit.
void encode_segments(Bytes envelopes, bool lz4, std::string& to);

}  // namespace ceto
