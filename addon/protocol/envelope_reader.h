// EnvelopeReader: cuts the byte stream of one connection into requests. It reads in place: bodies
// are views on the caller's receive buffer, unless they came compressed or cut over segments. Owned
// by the connection; shard thread only. Usage, each time bytes have arrived:
//   while (true) {
//     const auto got = reader.next(input, consumed, envelope, error);  // input: what is left
//     input = input.from(consumed);
//     if (got == kNeedMore) break;   // keep the rest of `input` and call again with more behind it
//     …                              // envelope.body is valid until the next call of next()
//   }
// The memory of `input` must not move between calls until kNeedMore.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "protocol/compression.h"
#include "protocol/frame.h"
#include "protocol/segment.h"

namespace ceto {

struct Envelope {
  FrameHeader header;
  Bytes body;  // decompressed
};

enum class ReadStatus : uint8_t { kEnvelope, kNeedMore, kError };

class EnvelopeReader {
 public:
  explicit EnvelopeReader(uint32_t max_frame_bytes = kDefaultMaxFrameBytes)
      : max_frame_bytes_(max_frame_bytes) {}

  // After kError the caller sends `error`; unless it is fatal the reader goes on behind the frame.
  ReadStatus next(Bytes input, size_t& consumed, Envelope& envelope, FrameError& error);

  // STARTUP was accepted: what it agreed on counts from the next frame on. Version 5 changes to
  // segments; `compression` then is kNone or kLz4.
  void start(uint8_t version, Compression compression);

  // How many bytes are wanted at least for the next call to get on: a hint for sizing the buffer.
  size_t wanted_bytes(Bytes input) const;

  // Memory that the reader itself holds (decompressed and reassembled bodies).
  size_t held_bytes() const { return decompressed_.capacity() + large_.capacity(); }

 private:
  ReadStatus next_plain(Bytes input, size_t& consumed, Envelope& envelope, FrameError& error);
  ReadStatus next_in_payload(Envelope& envelope, FrameError& error);
  ReadStatus finish_large(Bytes part, Envelope& envelope, FrameError& error, bool& complete);
  bool accept_version(const FrameHeader& header, FrameError& error) const;
  void forget_last();

  uint32_t max_frame_bytes_;
  uint8_t version_ = 0;  // of the connection; 0 until STARTUP
  Compression compression_ = Compression::kNone;
  bool segmented_ = false;
  uint64_t discard_ = 0;         // bytes of a refused frame still to come
  bool large_complete_ = false;  // large_ was given out; the next call forgets it
  Bytes payload_;                // the rest of the current self-contained segment
  std::string decompressed_;     // body (v3, v4) or payload (v5)
  std::string large_;            // an envelope that is cut over segments, as far as it has come
};

}  // namespace ceto
