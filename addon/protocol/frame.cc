#include "protocol/frame.h"

#include <array>

#include "base/assert.h"
#include "protocol/reply.h"

namespace ceto {
namespace {

constexpr std::array<std::string_view, kMaxOpcode + 1> kOpcodeNames = {
    "ERROR",     "STARTUP", "READY",          "AUTHENTICATE",  "CREDENTIALS", "OPTIONS",
    "SUPPORTED", "QUERY",   "RESULT",         "PREPARE",       "EXECUTE",     "REGISTER",
    "EVENT",     "BATCH",   "AUTH_CHALLENGE", "AUTH_RESPONSE", "AUTH_SUCCESS"};

bool is_request(Opcode opcode) {
  switch (opcode) {
    case Opcode::kStartup:
    case Opcode::kCredentials:
    case Opcode::kOptions:
    case Opcode::kQuery:
    case Opcode::kPrepare:
    case Opcode::kExecute:
    case Opcode::kRegister:
    case Opcode::kBatch:
    case Opcode::kAuthResponse:
      return true;
    default:
      return false;
  }
}

Error protocol_error(std::string message) {
  return {ErrorCode::kProtocolError, std::move(message)};
}

std::string wrong_direction(Opcode opcode, bool response) {
  const bool expects_request = is_request(opcode);
  return std::string("Wrong protocol direction (expected ") +
         (expects_request ? "REQUEST" : "RESPONSE") + ", got " +
         (response ? "RESPONSE" : "REQUEST") + ") for opcode " +
         std::to_string(static_cast<unsigned>(opcode)) + " (" + std::string(opcode_name(opcode)) +
         ")";
}

}  // namespace

std::string_view opcode_name(Opcode opcode) {
  const auto index = static_cast<size_t>(opcode);
  return index <= kMaxOpcode ? kOpcodeNames[index] : "UNKNOWN";
}

std::string version_text(uint8_t version) {
  return std::to_string(version) + "/v" + std::to_string(version);
}

std::string unsupported_version_text(uint8_t version) {
  std::string text = "Invalid or unsupported protocol version (" + std::to_string(version) +
                     "); supported versions are (";
  for (uint8_t v = kMinVersion; v <= kMaxVersion; ++v) {
    if (v != kMinVersion) text += ", ";
    text += version_text(v);
  }
  return text + ")";
}

HeaderStatus parse_request_header(Bytes in, uint32_t max_frame_bytes, FrameHeader& header,
                                  FrameError& error) {
  CETO_ASSERT(!in.empty());
  const bool response = (in[0] & kResponseBit) != 0;
  header.version = in[0] & 0x7F;
  if (header.version < kMinVersion || header.version > kMaxVersion) {
    // Before the whole header: that of versions 1 and 2 is a byte shorter. Their drivers understand
    // only their own version; any other hears which is the highest here.
    const bool ancient = header.version == 1 || header.version == 2;
    error = {protocol_error(unsupported_version_text(header.version)),
             ancient ? header.version : kMaxVersion, 0, true};
    return HeaderStatus::kInvalid;
  }
  if (in.size() < kFrameHeaderBytes) return HeaderStatus::kNeedMore;
  header.flags = in[1];
  header.stream = load_be<int16_t>(in.data() + 2);
  header.opcode = static_cast<Opcode>(in[4]);
  header.body_size = load_be<uint32_t>(in.data() + 5);
  const auto invalid = [&](Error why) {
    error = {std::move(why), header.version, header.stream, false};
    return HeaderStatus::kInvalid;
  };
  if (in[4] > kMaxOpcode) {
    return invalid(protocol_error("Unknown opcode " + std::to_string(in[4])));
  }
  if (response || !is_request(header.opcode)) {
    return invalid(protocol_error(wrong_direction(header.opcode, response)));
  }
  const uint64_t frame_bytes = uint64_t{header.body_size} + kFrameHeaderBytes;
  if (frame_bytes > max_frame_bytes) {
    return invalid(invalid_request("Request is too big: length " + std::to_string(frame_bytes) +
                                   " exceeds maximum allowed length " +
                                   std::to_string(max_frame_bytes) + "."));
  }
  return HeaderStatus::kComplete;
}

void write_response_header(ByteWriter& out, const FrameHeader& header) {
  out.u8(static_cast<uint8_t>(header.version | kResponseBit));
  out.u8(header.flags);
  if (header.version < kMinVersion) {
    out.u8(static_cast<uint8_t>(header.stream));
  } else {
    out.u16(static_cast<uint16_t>(header.stream));
  }
  out.u8(static_cast<uint8_t>(header.opcode));
  out.u32(header.body_size);
}

void patch_body_size(std::string& frames, size_t frame_at, uint32_t body_size) {
  CETO_ASSERT(frames.size() >= frame_at + kFrameHeaderBytes);
  store_be(reinterpret_cast<uint8_t*>(frames.data()) + frame_at + 5, body_size);
}

std::string encode_error_frame(const FrameError& error) {
  std::string body;
  ByteWriter body_out(body);
  encode_error(body_out, error.error);
  std::string frame;
  ByteWriter out(frame);
  write_response_header(
      out, {error.version, 0, error.stream, Opcode::kError, static_cast<uint32_t>(body.size())});
  return frame + body;
}

}  // namespace ceto
