#include "protocol/message.h"

#include <algorithm>

#include "protocol/utf8.h"

namespace ceto {
namespace {

Error protocol_error(std::string message) {
  return {ErrorCode::kProtocolError, std::move(message)};
}

Error truncated(const char* what) {
  return protocol_error(std::string("Not enough bytes to read ") + what);
}

constexpr const char* kString = "an UTF8 serialized string preceded by its 2 bytes length";
constexpr const char* kLongString = "an UTF8 serialized string preceded by its 4 bytes length";
constexpr const char* kShortBytes = "a byte array preceded by its 2 bytes length";

Status check_text(Bytes text) {
  if (is_valid_utf8(text)) return {};
  // As much of the text as tells which it was; Java's words behind it.
  constexpr size_t kShownBytes = 64;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : text.sub(0, std::min(text.size(), kShownBytes))) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return protocol_error("Cannot decode string as UTF8: '" + hex +
                        "'; java.nio.charset.MalformedInputException: Input length = 1");
}

Status read_string(ByteReader& in, Bytes& out) {
  out = in.u16_bytes();
  if (in.failed()) return truncated(kString);
  return check_text(out);
}

Status read_long_string(ByteReader& in, Bytes& out) {
  bool null = false;
  out = in.i32_bytes(&null);
  if (in.failed() || null) return truncated(kLongString);
  return check_text(out);
}

Status read_short_bytes(ByteReader& in, Bytes& out) {
  out = in.u16_bytes();
  if (in.failed()) return truncated(kShortBytes);
  return {};
}

// [value]. Before version 4 every negative length is null.
inline Status read_value(ByteReader& in, uint8_t version, Value& out) {
  const int32_t size = in.i32();
  if (__builtin_expect(size >= 0, 1)) {
    out = Value(in.bytes(static_cast<size_t>(size)));
    return {};
  }
  if (size == -1 || version < 4) {
    out = Value::null();
  } else if (size == -2) {
    out = Value::unset();
  } else {
    return protocol_error("Invalid ByteBuf length " + std::to_string(size));
  }
  return {};
}

// <n>[name_1]<value_1>…; `names` is nullptr where values have none.
Status read_values(ByteReader& in, uint8_t version, Arena& arena, std::span<const Value>& values,
                   std::span<const Bytes>* names) {
  const size_t count = in.u16();
  // Each takes at least its length, so what is claimed is bounded by what is there.
  const size_t least = names != nullptr ? 6 : 4;
  if (in.failed() || count * least > in.remaining()) return truncated("the bound values");
  const std::span<Value> read = arena.make_array<Value>(count);
  std::span<Bytes> read_names;
  if (names != nullptr) read_names = arena.make_array<Bytes>(count);
  for (size_t i = 0; i < count; ++i) {
    if (names != nullptr) {
      if (auto ok = read_string(in, read_names[i]); !ok) return ok;
    }
    if (auto ok = read_value(in, version, read[i]); !ok) return ok;
  }
  if (in.failed()) return truncated("the bound values");
  values = read;
  if (names != nullptr) *names = read_names;
  return {};
}

Status read_consistency(ByteReader& in, uint16_t& out) {
  out = in.u16();
  if (in.failed()) return truncated("the consistency level");
  if (out <= kMaxConsistency) return {};
  return protocol_error("Unknown code " + std::to_string(out) + " for a consistency level");
}

Status check_timestamp(int64_t timestamp) {
  if (timestamp != INT64_MIN) return {};
  return protocol_error("Out of bound timestamp, must be in [" + std::to_string(-INT64_MAX) + ", " +
                        std::to_string(INT64_MAX) + "] (got " + std::to_string(timestamp) + ")");
}

// A page of no rows would never come to an end. Of QUERY and EXECUTE, whatever the statement.
Status check_page_size(const QueryParameters& parameters) {
  if (parameters.page_size != 0) return {};
  return protocol_error("The page size cannot be 0");
}

// What follows the values.
Status read_options(ByteReader& in, QueryParameters& out) {
  if (out.flags & kQueryPageSize) out.page_size = in.i32();
  if (out.flags & kQueryPagingState) {
    bool null = false;
    const Bytes state = in.i32_bytes(&null);
    if (!null) out.paging_state = Value(state);
  }
  if (in.failed()) return truncated("the parameters of the statement");
  if (out.flags & kQuerySerialConsistency) {
    if (auto ok = read_consistency(in, out.serial_consistency); !ok) return ok;
  }
  if (out.flags & kQueryTimestamp) {
    out.timestamp = in.i64();
    if (auto ok = check_timestamp(*out.timestamp); !ok) return ok;
  }
  if (out.flags & kQueryKeyspace) {
    Bytes keyspace;
    if (auto ok = read_string(in, keyspace); !ok) return ok;
    out.keyspace = keyspace;
  }
  if (out.flags & kQueryNowInSeconds) out.now_in_seconds = in.i32();
  if (in.failed()) return truncated("the parameters of the statement");
  return {};
}

Status read_batch_statement(ByteReader& in, uint8_t version, Arena& arena, BatchStatement& out) {
  const uint8_t kind = in.u8();
  if (in.failed()) return truncated("a statement of the batch");
  if (kind > 1) {
    return protocol_error("Invalid query kind in BATCH messages. Must be 0 or 1 but got " +
                          std::to_string(kind));
  }
  out.prepared = kind == 1;
  auto ok =
      out.prepared ? read_short_bytes(in, out.text_or_id) : read_long_string(in, out.text_or_id);
  if (!ok) return ok;
  return read_values(in, version, arena, out.values, nullptr);
}

Status read_event(Bytes name, uint8_t& events) {
  constexpr std::pair<std::string_view, EventMask> kEvents[] = {
      {"TOPOLOGY_CHANGE", kTopologyChange},
      {"STATUS_CHANGE", kStatusChange},
      {"SCHEMA_CHANGE", kSchemaChange},
      {"TRACE_COMPLETE", kTraceComplete},
  };
  std::string upper = name.str();
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const auto& [known, mask] : kEvents) {
    if (upper == known) {
      events |= mask;
      return {};
    }
  }
  return protocol_error("Invalid value '" + name.str() + "' for Type");
}

}  // namespace

std::optional<Bytes> StartupMessage::option(std::string_view key) const {
  for (const StringPair& pair : options) {
    if (pair.key.text() == key) return pair.value;
  }
  return std::nullopt;
}

Status decode_query_parameters(ByteReader& in, uint8_t version, Arena& arena,
                               QueryParameters& out) {
  if (auto ok = read_consistency(in, out.consistency); !ok) return ok;
  out.flags = version >= 5 ? in.u32() : in.u8();
  if (in.failed()) return truncated("the flags of the statement");
  if (out.flags & kQueryValues) {
    auto* names = out.flags & kQueryNamedValues ? &out.names : nullptr;
    if (auto ok = read_values(in, version, arena, out.values, names); !ok) return ok;
  }
  constexpr uint32_t kNothingMore = kQueryValues | kQuerySkipMetadata | kQueryNamedValues;
  if ((out.flags & ~kNothingMore) == 0) return {};
  return read_options(in, out);
}

Status decode_custom_payload(ByteReader& in, Arena& arena, std::span<const PayloadEntry>& out) {
  const size_t count = in.u16();
  if (in.failed() || count * 6 > in.remaining()) return truncated("the custom payload");
  const std::span<PayloadEntry> entries = arena.make_array<PayloadEntry>(count);
  for (PayloadEntry& entry : entries) {
    if (auto ok = read_string(in, entry.name); !ok) return ok;
    bool null = false;
    const Bytes value = in.i32_bytes(&null);
    if (!null) entry.value = Value(value);
  }
  if (in.failed()) return truncated("the custom payload");
  out = entries;
  return {};
}

Status decode_startup(ByteReader in, Arena& arena, StartupMessage& out) {
  const size_t count = in.u16();
  if (in.failed() || count * 4 > in.remaining()) return truncated(kString);
  const std::span<StringPair> options = arena.make_array<StringPair>(count);
  for (StringPair& option : options) {
    if (auto ok = read_string(in, option.key); !ok) return ok;
    if (auto ok = read_string(in, option.value); !ok) return ok;
  }
  out.options = options;
  return {};
}

Status decode_query(ByteReader in, uint8_t version, Arena& arena, QueryMessage& out) {
  if (auto ok = read_long_string(in, out.text); !ok) return ok;
  if (auto ok = decode_query_parameters(in, version, arena, out.parameters); !ok) return ok;
  return check_page_size(out.parameters);
}

Status decode_prepare(ByteReader in, uint8_t version, PrepareMessage& out) {
  if (auto ok = read_long_string(in, out.text); !ok) return ok;
  if (version < 5) return {};
  constexpr uint32_t kWithKeyspace = 0x01;
  const uint32_t flags = in.u32();
  if (in.failed()) return truncated("the flags of the statement");
  if ((flags & kWithKeyspace) == 0) return {};
  Bytes keyspace;
  if (auto ok = read_string(in, keyspace); !ok) return ok;
  out.keyspace = keyspace;
  return {};
}

Status decode_execute(ByteReader in, uint8_t version, Arena& arena, ExecuteMessage& out) {
  if (auto ok = read_short_bytes(in, out.id); !ok) return ok;
  if (version >= 5) {
    if (auto ok = read_short_bytes(in, out.result_metadata_id); !ok) return ok;
  }
  if (auto ok = decode_query_parameters(in, version, arena, out.parameters); !ok) return ok;
  return check_page_size(out.parameters);
}

Status decode_batch(ByteReader in, uint8_t version, Arena& arena, BatchMessage& out) {
  const uint8_t type = in.u8();
  const size_t count = in.u16();
  constexpr size_t kLeastStatement = 1 + 2 + 2;
  if (in.failed() || count * kLeastStatement > in.remaining()) {
    return truncated("the statements of the batch");
  }
  const std::span<BatchStatement> statements = arena.make_array<BatchStatement>(count);
  for (BatchStatement& statement : statements) {
    if (auto ok = read_batch_statement(in, version, arena, statement); !ok) return ok;
  }
  out.statements = statements;
  if (auto ok = decode_query_parameters(in, version, arena, out.parameters); !ok) return ok;
  if (type > static_cast<uint8_t>(BatchType::kCounter)) {
    return protocol_error("Invalid BATCH message type " + std::to_string(type));
  }
  out.type = static_cast<BatchType>(type);
  return {};
}

Status decode_register(ByteReader in, RegisterMessage& out) {
  size_t count = in.u16();
  if (in.failed() || count * 2 > in.remaining()) return truncated(kString);
  for (; count != 0; --count) {
    Bytes name;
    if (auto ok = read_string(in, name); !ok) return ok;
    if (auto ok = read_event(name, out.events); !ok) return ok;
  }
  return {};
}

Status decode_auth_response(ByteReader in, AuthResponseMessage& out) {
  bool null = false;
  const Bytes token = in.i32_bytes(&null);
  if (in.failed()) return truncated("the token");
  out.token = null ? Value::null() : Value(token);
  return {};
}

}  // namespace ceto
