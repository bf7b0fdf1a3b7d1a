#include "protocol/envelope_reader.h"

#include <algorithm>

#include "base/assert.h"

namespace ceto {
namespace {

// Scratch memory above this is given back once it is not needed, so that one large request does not
// stay with its connection.
constexpr size_t kKeptScratchBytes = 64 * 1024;

FrameError fatal(std::string message) {
  return {{ErrorCode::kProtocolError, std::move(message)}, kMaxVersion, 0, true};
}

}  // namespace

void EnvelopeReader::start(uint8_t version, Compression compression) {
  CETO_ASSERT(version >= kMinVersion && version <= kMaxVersion);
  CETO_ASSERT(version < 5 || compression != Compression::kSnappy);
  version_ = version;
  compression_ = compression;
  segmented_ = version >= 5;
}

size_t EnvelopeReader::wanted_bytes(Bytes input) const {
  if (discard_ != 0 && !segmented_) return 1;
  if (segmented_) return kMaxSegmentPayload + kLz4SegmentHeaderBytes + kSegmentTrailerBytes;
  if (input.size() < kFrameHeaderBytes) return kFrameHeaderBytes;
  const uint64_t frame = uint64_t{load_be<uint32_t>(input.data() + 5)} + kFrameHeaderBytes;
  return static_cast<size_t>(std::min<uint64_t>(frame, max_frame_bytes_));
}

void EnvelopeReader::forget_last() {
  if (large_complete_) {
    large_.clear();
    large_complete_ = false;
  }
  if (payload_.empty()) decompressed_.clear();
  for (std::string* scratch : {&decompressed_, &large_}) {
    if (scratch->empty() && scratch->capacity() > kKeptScratchBytes) std::string().swap(*scratch);
  }
}

bool EnvelopeReader::accept_version(const FrameHeader& header, FrameError& error) const {
  if (version_ == 0 || header.version == version_) return true;
  error.error = {ErrorCode::kProtocolError,
                 "Invalid message version. Got " + version_text(header.version) +
                     " but previous messages on this connection had version " +
                     version_text(version_)};
  error.version = version_;
  error.stream = header.stream;
  error.fatal = false;
  return false;
}

ReadStatus EnvelopeReader::next_plain(Bytes input, size_t& consumed, Envelope& envelope,
                                      FrameError& error) {
  if (discard_ != 0) {
    consumed = static_cast<size_t>(std::min<uint64_t>(discard_, input.size()));
    discard_ -= consumed;
    input = input.from(consumed);
  }
  if (input.empty()) return ReadStatus::kNeedMore;
  FrameHeader& header = envelope.header;
  switch (parse_request_header(input, max_frame_bytes_, header, error)) {
    case HeaderStatus::kNeedMore:
      return ReadStatus::kNeedMore;
    case HeaderStatus::kInvalid: {
      if (error.fatal) return ReadStatus::kError;
      const uint64_t frame = uint64_t{header.body_size} + kFrameHeaderBytes;
      const auto here = static_cast<size_t>(std::min<uint64_t>(frame, input.size()));
      discard_ = frame - here;
      consumed += here;
      return ReadStatus::kError;
    }
    case HeaderStatus::kComplete:
      break;
  }
  const size_t frame = kFrameHeaderBytes + header.body_size;
  if (input.size() < frame) return ReadStatus::kNeedMore;
  consumed += frame;
  envelope.body = input.sub(kFrameHeaderBytes, header.body_size);
  if (!accept_version(header, error)) return ReadStatus::kError;
  // A compressed body without an agreed compression is read as it is, as Cassandra does.
  if ((header.flags & kFlagCompressed) != 0 && compression_ != Compression::kNone) {
    if (auto ok = decompress_body(compression_, envelope.body, decompressed_); !ok) {
      error = {std::move(ok.error()), header.version, header.stream, false};
      return ReadStatus::kError;
    }
    envelope.body = Bytes(decompressed_);
  }
  return ReadStatus::kEnvelope;
}

// The next envelope of a self-contained segment, which holds whole ones only.
ReadStatus EnvelopeReader::next_in_payload(Envelope& envelope, FrameError& error) {
  FrameHeader& header = envelope.header;
  const auto status = parse_request_header(payload_, max_frame_bytes_, header, error);
  if (status == HeaderStatus::kInvalid && error.fatal) return ReadStatus::kError;
  const bool whole =
      status != HeaderStatus::kNeedMore && payload_.size() - kFrameHeaderBytes >= header.body_size;
  if (status == HeaderStatus::kInvalid) {
    payload_ = payload_.from(whole ? kFrameHeaderBytes + header.body_size : payload_.size());
    return ReadStatus::kError;
  }
  if (!whole) {
    error = fatal("A self-contained frame holds a part of an envelope");
    return ReadStatus::kError;
  }
  envelope.body = payload_.sub(kFrameHeaderBytes, header.body_size);
  payload_ = payload_.from(kFrameHeaderBytes + header.body_size);
  return accept_version(header, error) ? ReadStatus::kEnvelope : ReadStatus::kError;
}

// Takes one more part of a large envelope; `complete` tells that it ended with this part.
ReadStatus EnvelopeReader::finish_large(Bytes part, Envelope& envelope, FrameError& error,
                                        bool& complete) {
  complete = false;
  if (discard_ != 0) {
    discard_ -= std::min<uint64_t>(discard_, part.size());
    return ReadStatus::kNeedMore;
  }
  if (large_.empty() && part.empty()) {
    error = fatal("A frame that begins a large envelope is empty");
    return ReadStatus::kError;
  }
  large_.append(reinterpret_cast<const char*>(part.data()), part.size());
  FrameHeader& header = envelope.header;
  switch (parse_request_header(Bytes(large_), max_frame_bytes_, header, error)) {
    case HeaderStatus::kNeedMore:
      return ReadStatus::kNeedMore;
    case HeaderStatus::kInvalid: {
      if (error.fatal) return ReadStatus::kError;
      const uint64_t envelope_bytes = uint64_t{header.body_size} + kFrameHeaderBytes;
      discard_ = envelope_bytes - std::min<uint64_t>(envelope_bytes, large_.size());
      large_.clear();
      return ReadStatus::kError;
    }
    case HeaderStatus::kComplete:
      break;
  }
  const size_t whole = kFrameHeaderBytes + header.body_size;
  if (large_.size() < whole) return ReadStatus::kNeedMore;
  if (large_.size() > whole) {
    error = fatal("A frame holds bytes behind the end of its large envelope");
    return ReadStatus::kError;
  }
  complete = true;
  envelope.body = Bytes(large_).from(kFrameHeaderBytes);
  return accept_version(header, error) ? ReadStatus::kEnvelope : ReadStatus::kError;
}

ReadStatus EnvelopeReader::next(Bytes input, size_t& consumed, Envelope& envelope,
                                FrameError& error) {
  consumed = 0;
  error.fatal = false;
  forget_last();
  if (!segmented_) return next_plain(input, consumed, envelope, error);
  while (payload_.empty()) {
    Segment segment;
    Error corrupt_segment;
    const Bytes rest = input.from(consumed);
    switch (decode_segment(rest, compression_ == Compression::kLz4, decompressed_, segment,
                           corrupt_segment)) {
      case SegmentStatus::kNeedMore:
        return ReadStatus::kNeedMore;
      case SegmentStatus::kCorrupt:
        error = {std::move(corrupt_segment), version_, 0, true};
        return ReadStatus::kError;
      case SegmentStatus::kComplete:
        break;
    }
    consumed += segment.wire_size;
    if (segment.self_contained) {
      if (!large_.empty() || discard_ != 0) {
        error = fatal("A large envelope ends before its last frame");
        return ReadStatus::kError;
      }
      payload_ = segment.payload;
      continue;
    }
    const ReadStatus status = finish_large(segment.payload, envelope, error, large_complete_);
    if (status != ReadStatus::kNeedMore) return status;
  }
  return next_in_payload(envelope, error);
}

}  // namespace ceto
