// Encoders of the responses of the CQL binary protocol (native_protocol_v{3,4,5}.spec, section
// 4.2): each appends a message body, behind the header that the caller has written. Rows are
// written by the plan. Also the errors whose ERROR body has more than a code and a text (section
// 9). Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_io.h"
#include "base/bytes.h"
#include "base/result.h"
#include "types/value.h"

namespace ceto {

enum class ResultKind : uint32_t {
  kVoid = 1,
  kRows = 2,
  kSetKeyspace = 3,
  kPrepared = 4,
  kSchemaChange = 5,
};

// --- what stands in front of a body --------------------------------------------------------------

struct ReplyPrefix {
  const uint8_t* tracing_id = nullptr;  // 16 bytes, or nullptr
  std::span<const std::string> warnings;
  std::span<const std::pair<std::string, std::string>> custom_payload;
};

// Writes tracing id, warnings and payload in this order and returns the frame flags that tell of
// them. Clients of version 3 know neither warnings nor payloads and get none.
uint8_t encode_prefix(ByteWriter& out, uint8_t version, const ReplyPrefix& prefix);

// --- bodies --------------------------------------------------------------------------------------

// <code><message><extra>. Ceto's own codes become kServerError, and a message that is too long for
// a [string] is cut.
void encode_error(ByteWriter& out, const Error& error);
void encode_authenticate(ByteWriter& out, std::string_view authenticator_class);
void encode_auth_challenge(ByteWriter& out, const Value& token);
void encode_auth_success(ByteWriter& out, const Value& token);
void encode_supported(ByteWriter& out,
                      std::span<const std::pair<std::string, std::vector<std::string>>> options);

void encode_void(ByteWriter& out);
void encode_set_keyspace(ByteWriter& out, std::string_view keyspace);
// `bind_metadata` and `result_metadata` are encoded <metadata>; the id of the latter is for v5
// alone.
void encode_prepared(ByteWriter& out, uint8_t version, Bytes id, Bytes result_metadata_id,
                     Bytes bind_metadata, Bytes result_metadata);

enum class SchemaTarget : uint8_t { kKeyspace, kTable, kType, kFunction, kAggregate };

struct SchemaChange {
  std::string_view change;  // "CREATED", "UPDATED", "DROPPED"
  SchemaTarget target = SchemaTarget::kKeyspace;
  std::string_view keyspace;
  std::string_view name;                        // all but keyspaces
  std::span<const std::string> argument_types;  // functions and aggregates
};
void encode_schema_change_result(ByteWriter& out, uint8_t version, const SchemaChange& change);
void encode_schema_change_event(ByteWriter& out, uint8_t version, const SchemaChange& change);

// `address`: 4 or 16 bytes. Topology: "NEW_NODE", "REMOVED_NODE"; status: "UP", "DOWN".
void encode_topology_event(ByteWriter& out, std::string_view change, Bytes address, int32_t port);
void encode_status_event(ByteWriter& out, std::string_view change, Bytes address, int32_t port);

// --- errors with more than a text ----------------------------------------------------------------

Error unavailable_error(uint16_t consistency, int32_t required, int32_t alive);
Error write_timeout_error(uint16_t consistency, int32_t received, int32_t required,
                          std::string_view write_type, uint8_t version);
Error read_timeout_error(uint16_t consistency, int32_t received, int32_t required,
                         bool data_present);
// One replica, at `address` (4 or 16 bytes), has failed for a reason that has no name. Before
// version 4 such a failure is told as a timeout, as Cassandra does.
Error write_failure_error(uint16_t consistency, int32_t required, Bytes address,
                          std::string_view write_type, uint8_t version);
Error read_failure_error(uint16_t consistency, int32_t required, Bytes address, uint8_t version);
Error unprepared_error(Bytes id);
Error already_exists_error(std::string_view keyspace, std::string_view table);

// "LOCAL_QUORUM" …
std::string_view consistency_name(uint16_t consistency);

}  // namespace ceto
