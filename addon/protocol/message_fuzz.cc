// What a client may send: frames and segments with everything in them, and bodies by themselves.
#include "base/fuzz_target.h"
#include "protocol/envelope_reader.h"
#include "protocol/message.h"

namespace ceto {
namespace {

void decode_body(Opcode opcode, uint8_t version, uint8_t flags, Bytes bytes) {
  Arena arena;
  ByteReader body(bytes);
  std::span<const PayloadEntry> payload;
  if ((flags & kFlagCustomPayload) != 0 && !decode_custom_payload(body, arena, payload)) return;
  StartupMessage startup;
  QueryMessage query;
  PrepareMessage prepare;
  ExecuteMessage execute;
  BatchMessage batch;
  RegisterMessage events;
  AuthResponseMessage answer;
  switch (opcode) {
    case Opcode::kStartup:
      if (decode_startup(body, arena, startup)) static_cast<void>(startup.option("COMPRESSION"));
      return;
    case Opcode::kQuery:
      static_cast<void>(decode_query(body, version, arena, query).ok());
      return;
    case Opcode::kPrepare:
      static_cast<void>(decode_prepare(body, version, prepare).ok());
      return;
    case Opcode::kExecute:
      static_cast<void>(decode_execute(body, version, arena, execute).ok());
      return;
    case Opcode::kBatch:
      static_cast<void>(decode_batch(body, version, arena, batch).ok());
      return;
    case Opcode::kRegister:
      static_cast<void>(decode_register(body, events).ok());
      return;
    case Opcode::kAuthResponse:
      static_cast<void>(decode_auth_response(body, answer).ok());
      return;
    default:
      return;
  }
}

// --- seeds ---------------------------------------------------------------------------------------

void write_parameters(ByteWriter& out, uint8_t version, bool named) {
  const uint32_t flags = 0x3F | (named ? 0x40u : 0u) | (version >= 5 ? 0x180u : 0u);
  out.u16(6);
  if (version >= 5) {
    out.u32(flags);
  } else {
    out.u8(static_cast<uint8_t>(flags));
  }
  out.u16(2);
  for (const std::string_view name : {"a", "b"}) {
    if (named) out.u16_bytes(name);
    out.i32_bytes(std::string_view("one"));
  }
  out.i32(500);
  out.i32_bytes(std::string_view("state"));
  out.u16(9);
  out.i64(1234567);
  if (version >= 5) {
    out.u16_bytes(std::string_view("ks"));
    out.i32(1700000000);
  }
}

std::string body_of(Opcode opcode, uint8_t version, bool named) {
  std::string body;
  ByteWriter out(body);
  switch (opcode) {
    case Opcode::kStartup:
      out.u16(2);
      for (const std::string_view word : {"CQL_VERSION", "3.0.0", "COMPRESSION", "lz4"}) {
        out.u16_bytes(word);
      }
      break;
    case Opcode::kQuery:
      out.i32_bytes(std::string_view("SELECT * FROM t WHERE k = ?"));
      write_parameters(out, version, named);
      break;
    case Opcode::kPrepare:
      out.i32_bytes(std::string_view("SELECT * FROM t"));
      if (version >= 5) out.u32(0);
      break;
    case Opcode::kExecute:
      out.u16_bytes(std::string_view("0123456789abcdef"));
      if (version >= 5) out.u16_bytes(std::string_view("fedcba9876543210"));
      write_parameters(out, version, named);
      break;
    case Opcode::kBatch:
      out.u8(0);
      out.u16(2);
      for (const uint8_t prepared : {0, 1}) {
        out.u8(prepared);
        if (prepared != 0) {
          out.u16_bytes(std::string_view("0123456789abcdef"));
        } else {
          out.i32_bytes(std::string_view("INSERT INTO t (k) VALUES (?)"));
        }
        out.u16(1);
        out.i32_bytes(std::string_view("one"));
      }
      out.u16(4);
      version >= 5 ? out.u32(0) : out.u8(0);
      break;
    case Opcode::kRegister:
      out.u16(1);
      out.u16_bytes(std::string_view("SCHEMA_CHANGE"));
      break;
    default:
      out.i32_bytes(std::string_view("token"));
  }
  return body;
}

constexpr Opcode kOpcodes[] = {Opcode::kStartup,     Opcode::kQuery, Opcode::kPrepare,
                               Opcode::kExecute,     Opcode::kBatch, Opcode::kRegister,
                               Opcode::kAuthResponse};

// The first byte is the opcode, the second the version, the third the flags.
std::vector<std::string> message_seeds() {
  std::vector<std::string> seeds;
  for (uint8_t version = kMinVersion; version <= kMaxVersion; ++version) {
    for (const Opcode opcode : kOpcodes) {
      for (const bool named : {false, true}) {
        std::string seed = {static_cast<char>(opcode), static_cast<char>(version), '\0'};
        seeds.push_back(seed + body_of(opcode, version, named));
      }
    }
  }
  return seeds;
}

void run_message(Bytes input) {
  if (input.size() < 3) return;
  const uint8_t version = static_cast<uint8_t>(kMinVersion + input[1] % 3);
  decode_body(static_cast<Opcode>(input[0]), version, input[2], input.from(3));
}

const FuzzTarget messages("messages", false, message_seeds, run_message);

// --- streams -------------------------------------------------------------------------------------

// The first byte says what STARTUP agreed on (0 to 2: none, LZ4, Snappy; 4: nothing was agreed on
// yet) and how the stream arrives: 8: whole, else in pieces of so many bytes as the upper four
// bits.
constexpr uint8_t kNotStarted = 4, kWhole = 8, kPieces = 0x70;

std::vector<std::string> stream_seeds() {
  std::vector<std::string> seeds;
  for (uint8_t version = kMinVersion; version <= kMaxVersion; ++version) {
    for (const uint8_t compression : {0, 1, 2}) {
      if (version == 5 && compression == 2) continue;
      std::string frames;
      for (const Opcode opcode : kOpcodes) {
        std::string body = body_of(opcode, version, false);
        if (version < 5 && compression != 0) {
          std::string packed;
          compress_body(static_cast<Compression>(compression), Bytes(body), packed);
          body = packed;
        }
        ByteWriter out(frames);
        out.u8(version);
        out.u8(version < 5 && compression != 0 ? kFlagCompressed : 0);
        out.u16(1);
        out.u8(static_cast<uint8_t>(opcode));
        out.i32_bytes(Bytes(body));
      }
      std::string stream = frames;
      if (version == 5) {
        stream.clear();
        encode_segments(Bytes(frames), compression == 1, stream);
        encode_segment(Bytes(frames).sub(0, 40), false, compression == 1, stream);
        encode_segment(Bytes(frames).from(40), false, compression == 1, stream);
      }
      for (const uint8_t pieces : {kWhole, kPieces}) {
        seeds.push_back(
            std::string{static_cast<char>(compression | pieces), static_cast<char>(version)} +
            stream);
      }
      seeds.push_back(std::string{kNotStarted | kWhole, static_cast<char>(version)} + frames);
    }
  }
  return seeds;
}

void run_stream(Bytes input) {
  if (input.size() < 2) return;
  const uint8_t how = input[0];
  EnvelopeReader reader(1 << 20);
  const uint8_t version = static_cast<uint8_t>(kMinVersion + (input[1] - kMinVersion) % 3u);
  auto compression = static_cast<Compression>((how & 3) % 3);
  if (version == 5 && compression == Compression::kSnappy) compression = Compression::kLz4;
  if ((how & kNotStarted) == 0) reader.start(version, compression);
  const Bytes stream = input.from(2);
  size_t arrived = (how & kWhole) != 0 ? stream.size() : 0;
  size_t at = 0;
  for (;;) {
    Envelope envelope;
    FrameError error;
    size_t consumed = 0;
    const Bytes seen = stream.sub(at, arrived - at);
    const ReadStatus got = reader.next(seen, consumed, envelope, error);
    CETO_ASSERT(consumed <= seen.size());
    at += consumed;
    if (got == ReadStatus::kError) {
      CETO_ASSERT(!encode_error_frame(error).empty());
      if (error.fatal) return;
    } else if (got == ReadStatus::kEnvelope) {
      decode_body(envelope.header.opcode, envelope.header.version, envelope.header.flags,
                  envelope.body);
    } else if (arrived == stream.size()) {
      static_cast<void>(reader.wanted_bytes(seen.from(consumed)));
      return;
    } else {
      arrived = std::min<size_t>(stream.size(), arrived + 1 + (how >> 4));
    }
  }
}

const FuzzTarget streams("streams", false, stream_seeds, run_stream);

}  // namespace
}  // namespace ceto
