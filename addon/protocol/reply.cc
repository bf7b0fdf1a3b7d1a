#include "protocol/reply.h"

#include <arpa/inet.h>

#include "base/assert.h"
#include "protocol/utf8.h"

namespace ceto {
namespace {

constexpr size_t kMaxStringBytes = 0xFFFF;

void write_string(ByteWriter& out, std::string_view text) {
  out.u16_bytes(utf8_prefix(Bytes(text), kMaxStringBytes));
}

void write_value(ByteWriter& out, const Value& value) {
  if (value.has_bytes()) {
    out.i32_bytes(value.bytes());
  } else {
    out.i32(-1);
  }
}

void write_inet(ByteWriter& out, Bytes address, int32_t port) {
  CETO_ASSERT(address.size() == 4 || address.size() == 16);
  out.u8(static_cast<uint8_t>(address.size()));
  out.bytes(address);
  out.i32(port);
}

std::string_view target_name(SchemaTarget target) {
  switch (target) {
    case SchemaTarget::kKeyspace:
      return "KEYSPACE";
    case SchemaTarget::kTable:
      return "TABLE";
    case SchemaTarget::kType:
      return "TYPE";
    case SchemaTarget::kFunction:
      return "FUNCTION";
    case SchemaTarget::kAggregate:
      return "AGGREGATE";
  }
  CETO_UNREACHABLE("target of a schema change");
}

// Version 3 knows no functions: its clients hear that the keyspace was updated.
void write_schema_change(ByteWriter& out, uint8_t version, const SchemaChange& change) {
  const bool function =
      change.target == SchemaTarget::kFunction || change.target == SchemaTarget::kAggregate;
  if (function && version < 4) {
    write_string(out, "UPDATED");
    write_string(out, "KEYSPACE");
    write_string(out, change.keyspace);
    return;
  }
  write_string(out, change.change);
  write_string(out, target_name(change.target));
  write_string(out, change.keyspace);
  if (change.target == SchemaTarget::kKeyspace) return;
  write_string(out, change.name);
  if (!function) return;
  out.u16(static_cast<uint16_t>(change.argument_types.size()));
  for (const std::string& type : change.argument_types) write_string(out, type);
}

uint32_t wire_code(ErrorCode code) {
  constexpr uint32_t kFirstInternal = 0xF000;
  const auto number = static_cast<uint32_t>(code);
  return number < kFirstInternal ? number : static_cast<uint32_t>(ErrorCode::kServerError);
}

std::string hex(Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace

uint8_t encode_prefix(ByteWriter& out, uint8_t version, const ReplyPrefix& prefix) {
  constexpr uint8_t kTracing = 0x02, kCustomPayload = 0x04, kWarning = 0x08;
  uint8_t flags = 0;
  if (prefix.tracing_id != nullptr) {
    flags |= kTracing;
    out.bytes({prefix.tracing_id, 16});
  }
  if (version < 4) return flags;
  if (!prefix.warnings.empty()) {
    flags |= kWarning;
    out.u16(static_cast<uint16_t>(prefix.warnings.size()));
    for (const std::string& warning : prefix.warnings) write_string(out, warning);
  }
  if (!prefix.custom_payload.empty()) {
    flags |= kCustomPayload;
    out.u16(static_cast<uint16_t>(prefix.custom_payload.size()));
    for (const auto& [name, value] : prefix.custom_payload) {
      write_string(out, name);
      out.i32_bytes(Bytes(value));
    }
  }
  return flags;
}

void encode_error(ByteWriter& out, const Error& error) {
  out.u32(wire_code(error.code));
  write_string(out, error.message);
  out.bytes(Bytes(error.extra));
}

void encode_authenticate(ByteWriter& out, std::string_view authenticator_class) {
  write_string(out, authenticator_class);
}
void encode_auth_challenge(ByteWriter& out, const Value& token) { write_value(out, token); }
void encode_auth_success(ByteWriter& out, const Value& token) { write_value(out, token); }

void encode_supported(ByteWriter& out,
                      std::span<const std::pair<std::string, std::vector<std::string>>> options) {
  out.u16(static_cast<uint16_t>(options.size()));
  for (const auto& [name, values] : options) {
    write_string(out, name);
    out.u16(static_cast<uint16_t>(values.size()));
    for (const std::string& value : values) write_string(out, value);
  }
}

void encode_void(ByteWriter& out) { out.u32(static_cast<uint32_t>(ResultKind::kVoid)); }

void encode_set_keyspace(ByteWriter& out, std::string_view keyspace) {
  out.u32(static_cast<uint32_t>(ResultKind::kSetKeyspace));
  write_string(out, keyspace);
}

void encode_prepared(ByteWriter& out, uint8_t version, Bytes id, Bytes result_metadata_id,
                     Bytes bind_metadata, Bytes result_metadata) {
  out.u32(static_cast<uint32_t>(ResultKind::kPrepared));
  out.u16_bytes(id);
  if (version >= 5) out.u16_bytes(result_metadata_id);
  out.bytes(bind_metadata);
  out.bytes(result_metadata);
}

void encode_schema_change_result(ByteWriter& out, uint8_t version, const SchemaChange& change) {
  out.u32(static_cast<uint32_t>(ResultKind::kSchemaChange));
  write_schema_change(out, version, change);
}

void encode_schema_change_event(ByteWriter& out, uint8_t version, const SchemaChange& change) {
  write_string(out, "SCHEMA_CHANGE");
  write_schema_change(out, version, change);
}

void encode_topology_event(ByteWriter& out, std::string_view change, Bytes address, int32_t port) {
  write_string(out, "TOPOLOGY_CHANGE");
  write_string(out, change);
  write_inet(out, address, port);
}

void encode_status_event(ByteWriter& out, std::string_view change, Bytes address, int32_t port) {
  write_string(out, "STATUS_CHANGE");
  write_string(out, change);
  write_inet(out, address, port);
}

std::string_view consistency_name(uint16_t consistency) {
  constexpr std::string_view kNames[] = {"ANY",    "ONE",          "TWO",          "THREE",
                                         "QUORUM", "ALL",          "LOCAL_QUORUM", "EACH_QUORUM",
                                         "SERIAL", "LOCAL_SERIAL", "LOCAL_ONE",    "NODE_LOCAL"};
  return consistency < std::size(kNames) ? kNames[consistency] : "UNKNOWN";
}

Error unavailable_error(uint16_t consistency, int32_t required, int32_t alive) {
  Error error{ErrorCode::kUnavailable,
              "Cannot achieve consistency level " + std::string(consistency_name(consistency))};
  ByteWriter extra(error.extra);
  extra.u16(consistency);
  extra.i32(required);
  extra.i32(alive);
  return error;
}

Error write_timeout_error(uint16_t consistency, int32_t received, int32_t required,
                          std::string_view write_type, uint8_t version) {
  Error error{ErrorCode::kWriteTimeout,
              "Operation timed out - received only " + std::to_string(received) + " responses."};
  ByteWriter extra(error.extra);
  extra.u16(consistency);
  extra.i32(received);
  extra.i32(required);
  write_string(extra, write_type);
  // Since version 5 how often a conditional update met another.
  if (version >= 5 && write_type == "CAS") extra.u16(0);
  return error;
}

Error read_timeout_error(uint16_t consistency, int32_t received, int32_t required,
                         bool data_present) {
  Error error{ErrorCode::kReadTimeout,
              "Operation timed out - received only " + std::to_string(received) + " responses."};
  ByteWriter extra(error.extra);
  extra.u16(consistency);
  extra.i32(received);
  extra.i32(required);
  extra.u8(data_present ? 1 : 0);
  return error;
}

namespace {

constexpr uint16_t kUnknownReason = 0;
// Where nodes talk to each other; part of how Cassandra names an endpoint.
constexpr uint16_t kStoragePort = 7000;

std::string one_failure(Bytes address) {
  char text[INET6_ADDRSTRLEN] = {};
  const int family = address.size() == 4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, address.data(), text, sizeof text);
  const std::string host = family == AF_INET ? std::string(text) : "[" + std::string(text) + "]";
  return "Operation failed - received 0 responses and 1 failures: UNKNOWN from /" + host + ":" +
         std::to_string(kStoragePort);
}

// A count before version 5, a map of that size since.
void write_failure_reasons(ByteWriter& extra, Bytes address, uint8_t version) {
  extra.i32(1);
  if (version < 5) return;
  extra.u8(static_cast<uint8_t>(address.size()));
  extra.bytes(address);
  extra.u16(kUnknownReason);
}

}  // namespace

Error write_failure_error(uint16_t consistency, int32_t required, Bytes address,
                          std::string_view write_type, uint8_t version) {
  if (version < 4) return write_timeout_error(consistency, 0, required, write_type, version);
  Error error{ErrorCode::kWriteFailure, one_failure(address)};
  ByteWriter extra(error.extra);
  extra.u16(consistency);
  extra.i32(0);
  extra.i32(required);
  write_failure_reasons(extra, address, version);
  write_string(extra, write_type);
  return error;
}

Error read_failure_error(uint16_t consistency, int32_t required, Bytes address, uint8_t version) {
  if (version < 4) return read_timeout_error(consistency, 0, required, false);
  Error error{ErrorCode::kReadFailure, one_failure(address)};
  ByteWriter extra(error.extra);
  extra.u16(consistency);
  extra.i32(0);
  extra.i32(required);
  write_failure_reasons(extra, address, version);
  extra.u8(0);  // no data
  return error;
}

Error unprepared_error(Bytes id) {
  Error error{ErrorCode::kUnprepared,
              "Prepared query with ID " + hex(id) +
                  " not found (either the query was not prepared on this host (maybe the host has "
                  "been restarted?) or you have prepared too many queries and it has been evicted "
                  "from the internal cache)"};
  ByteWriter(error.extra).u16_bytes(id);
  return error;
}

Error already_exists_error(std::string_view keyspace, std::string_view table) {
  Error error{ErrorCode::kAlreadyExists,
              table.empty() ? "Cannot add existing keyspace \"" + std::string(keyspace) + "\""
                            : "Cannot add already existing table \"" + std::string(table) +
                                  "\" to keyspace \"" + std::string(keyspace) + "\""};
  ByteWriter extra(error.extra);
  write_string(extra, keyspace);
  write_string(extra, table);
  return error;
}

}  // namespace ceto
