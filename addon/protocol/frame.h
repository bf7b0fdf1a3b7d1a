// The frame header of the CQL binary protocol (native_protocol_v{3,4}.spec section 2; v5 calls a
// frame an envelope): u8 version (0x80: a response), u8 flags, i16 stream, u8 opcode, u32 body
// length. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/byte_io.h"
#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

enum class Opcode : uint8_t {
  kError = 0x00,
  kStartup = 0x01,
  kReady = 0x02,
  kAuthenticate = 0x03,
  kCredentials = 0x04,
  kOptions = 0x05,
  kSupported = 0x06,
  kQuery = 0x07,
  kResult = 0x08,
  kPrepare = 0x09,
  kExecute = 0x0A,
  kRegister = 0x0B,
  kEvent = 0x0C,
  kBatch = 0x0D,
  kAuthChallenge = 0x0E,
  kAuthResponse = 0x0F,
  kAuthSuccess = 0x10,
};
inline constexpr uint8_t kMaxOpcode = 0x10;

// "QUERY" …, as error texts and logs name it.
std::string_view opcode_name(Opcode opcode);

enum FrameFlag : uint8_t {
  kFlagCompressed = 0x01,
  kFlagTracing = 0x02,
  kFlagCustomPayload = 0x04,
  kFlagWarning = 0x08,
  kFlagUseBeta = 0x10,
};

inline constexpr uint8_t kMinVersion = 3;
inline constexpr uint8_t kMaxVersion = 5;
inline constexpr uint8_t kResponseBit = 0x80;
inline constexpr size_t kFrameHeaderBytes = 9;
inline constexpr int16_t kEventStream = -1;
// The protocol's own limit, and Cassandra's default of native_transport_max_frame_size.
inline constexpr uint32_t kMaxFrameBytes = uint32_t{256} << 20;
inline constexpr uint32_t kDefaultMaxFrameBytes = uint32_t{16} << 20;

struct FrameHeader {
  uint8_t version = 4;  // without the response bit
  uint8_t flags = 0;
  int16_t stream = 0;
  Opcode opcode = Opcode::kError;
  uint32_t body_size = 0;
};

// Why a frame was not accepted, and how to say so to the client.
struct FrameError {
  Error error;
  uint8_t version = kMaxVersion;  // of the ERROR frame; 1 and 2 get their own short header
  int16_t stream = 0;
  bool fatal = false;  // the place of the next frame is not known: close once the error is sent
};

// The header of a request at the start of `in`, which holds its first byte at least. Nothing when
// more bytes are needed. `max_frame_bytes` counts the header too. A frame whose header is sound but
// whose size, opcode or direction is not leaves its size in `header`, for the reader to skip.
enum class HeaderStatus : uint8_t { kComplete, kNeedMore, kInvalid };
HeaderStatus parse_request_header(Bytes in, uint32_t max_frame_bytes, FrameHeader& header,
                                  FrameError& error);

// "4/v4"
std::string version_text(uint8_t version);
std::string unsupported_version_text(uint8_t version);

// Appends a response's header with an empty body; patch_body_size sets the size afterwards.
void write_response_header(ByteWriter& out, const FrameHeader& header);
void patch_body_size(std::string& frames, size_t frame_at, uint32_t body_size);

// A whole ERROR frame for `error`, outside of any agreed framing.
std::string encode_error_frame(const FrameError& error);

}  // namespace ceto
