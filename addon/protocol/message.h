// Decoders of the requests of the CQL binary protocol (native_protocol_v{3,4,5}.spec, section 4.1).
// What they give are views on the message body and, where there are several of a thing, arrays in
// the request's Arena; both must outlive it. Nothing is copied and the heap is not asked. A body
// that is cut or wrong gives kProtocolError, in Cassandra's words where it has some. Bytes behind
// the last field are ignored, as the protocol wants. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/arena.h"
#include "base/byte_io.h"
#include "base/bytes.h"
#include "base/result.h"
#include "types/value.h"

namespace ceto {

inline constexpr uint16_t kMaxConsistency = 0x000B;  // Cassandra's NODE_LOCAL
inline constexpr uint16_t kDefaultSerialConsistency = 0x0008;

enum QueryFlag : uint32_t {
  kQueryValues = 0x01,
  kQuerySkipMetadata = 0x02,
  kQueryPageSize = 0x04,
  kQueryPagingState = 0x08,
  kQuerySerialConsistency = 0x10,
  kQueryTimestamp = 0x20,
  kQueryNamedValues = 0x40,
  kQueryKeyspace = 0x80,
  kQueryNowInSeconds = 0x100,
};

struct QueryParameters {
  uint16_t consistency = 0;
  uint32_t flags = 0;
  std::span<const Value> values;
  std::span<const Bytes> names;  // of the values, when they are named; else empty
  int32_t page_size = -1;        // -1: not given
  Value paging_state;            // null: not given
  uint16_t serial_consistency = kDefaultSerialConsistency;
  std::optional<int64_t> timestamp;
  std::optional<Bytes> keyspace;          // v5
  std::optional<int32_t> now_in_seconds;  // v5

  bool skip_metadata() const { return (flags & kQuerySkipMetadata) != 0; }
};

struct StringPair {
  Bytes key;
  Bytes value;
};

struct StartupMessage {
  std::span<const StringPair> options;
  // The value of `key`, or nullopt.
  std::optional<Bytes> option(std::string_view key) const;
};

struct QueryMessage {
  Bytes text;
  QueryParameters parameters;
};

struct PrepareMessage {
  Bytes text;
  std::optional<Bytes> keyspace;  // v5
};

struct ExecuteMessage {
  Bytes id;                  // 16 bytes when it is one of ours
  Bytes result_metadata_id;  // v5; empty before
  QueryParameters parameters;
};

struct BatchStatement {
  bool prepared = false;
  Bytes text_or_id;
  std::span<const Value> values;
};

enum class BatchType : uint8_t { kLogged = 0, kUnlogged = 1, kCounter = 2 };

struct BatchMessage {
  BatchType type = BatchType::kLogged;
  std::span<const BatchStatement> statements;
  QueryParameters parameters;  // without values
};

enum EventMask : uint8_t {
  kTopologyChange = 1,
  kStatusChange = 2,
  kSchemaChange = 4,
  kTraceComplete = 8,
};

struct RegisterMessage {
  uint8_t events = 0;  // EventMask
};

struct AuthResponseMessage {
  Value token;
};

// [bytes map] in front of the message when the frame has kFlagCustomPayload (v4 and later).
struct PayloadEntry {
  Bytes name;
  Value value;
};
Status decode_custom_payload(ByteReader& body, Arena& arena, std::span<const PayloadEntry>& out);

Status decode_startup(ByteReader body, Arena& arena, StartupMessage& out);
Status decode_query(ByteReader body, uint8_t version, Arena& arena, QueryMessage& out);
Status decode_prepare(ByteReader body, uint8_t version, PrepareMessage& out);
Status decode_execute(ByteReader body, uint8_t version, Arena& arena, ExecuteMessage& out);
Status decode_batch(ByteReader body, uint8_t version, Arena& arena, BatchMessage& out);
Status decode_register(ByteReader body, RegisterMessage& out);
Status decode_auth_response(ByteReader body, AuthResponseMessage& out);

// <consistency><flags>[…], as it follows the statement or its id.
Status decode_query_parameters(ByteReader& body, uint8_t version, Arena& arena,
                               QueryParameters& out);

}  // namespace ceto
