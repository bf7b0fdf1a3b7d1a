#include "plan/read_failure.h"

#include <arpa/inet.h>

#include "base/byte_io.h"

namespace ceto {

namespace {

// The port for other nodes, which Cassandra names beside the address; as src/node/node.ts has it.
constexpr const char* kStoragePort = "7000";

// As Java prints an address that was not looked up: "/127.0.0.1:7000".
std::string endpoint_text(const std::string& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const bool v6 = address.size() == 16;
  inet_ntop(v6 ? AF_INET6 : AF_INET, address.data(), text, sizeof text);
  return v6 ? std::string("/[") + text + "]:" + kStoragePort
            : std::string("/") + text + ":" + kStoragePort;
}

}  // namespace

Error read_failure(const PlanServices& services, const BoundStatement& bound,
                   ReadFailureReason reason) {
  const std::string& address = services.config().node_address;
  const char* const name =
      reason == ReadFailureReason::kUnknown ? "UNKNOWN" : "READ_TOO_MANY_TOMBSTONES";
  Error error{ErrorCode::kReadFailure,
              std::string("Operation failed - received 0 responses and 1 failures: ") + name +
                  " from " + endpoint_text(address)};
  ByteWriter out(error.extra);
  out.u16(bound.options().consistency);
  out.i32(0);
  out.i32(1);
  out.i32(1);  // failures: a count before v5, a map of that size since
  if (bound.options().protocol_version >= 5) {
    out.u8(static_cast<uint8_t>(address.size()));
    out.bytes(address);
    out.u16(static_cast<uint16_t>(reason));
  }
  out.u8(0);  // no data
  return error;
}

Error told_error(PlanServices& services, const BoundStatement& bound, const Error& error) {
  if (error.code != ErrorCode::kCorrupt && error.code != ErrorCode::kIo) return error;
  services.store().note_read_failure(error);
  return read_failure(services, bound, ReadFailureReason::kUnknown);
}

}  // namespace ceto
