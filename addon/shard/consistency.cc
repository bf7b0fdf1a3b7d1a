#include "shard/consistency.h"

#include <algorithm>

#include "protocol/reply.h"

namespace ceto {

namespace {

// On the wire (native_protocol_v5.spec, section 3, [consistency]).
enum Level : uint16_t {
  kAny = 0,
  kTwo = 2,
  kThree = 3,
  kQuorum = 4,
  kAll = 5,
  kLocalQuorum = 6,
  kEachQuorum = 7,
  kSerial = 8,
  kLocalSerial = 9,
};

bool is_serial(uint16_t level) { return level == kSerial || level == kLocalSerial; }

// A node has one datacenter, so a quorum of it is a quorum of all.
int32_t replicas_required(uint16_t level, int32_t factor) {
  switch (level) {
    case kTwo:
      return 2;
    case kThree:
      return 3;
    case kQuorum:
    case kLocalQuorum:
    case kEachQuorum:
    case kSerial:
    case kLocalSerial:
      return factor / 2 + 1;
    case kAll:
      return factor;
    default:
      return 1;
  }
}

Status check_alive(uint16_t level, int32_t factor) {
  const int32_t required = replicas_required(level, factor);
  if (required <= 1) return {};
  return unavailable_error(level, required, 1);
}

// The quorum that agrees on a condition, under the name that the client is told.
uint16_t consensus_level(uint16_t serial) { return serial == kSerial ? kQuorum : kLocalQuorum; }

Status check_read(const BoundStatement& bound) {
  uint16_t level = bound.options().consistency;
  if (level == kAny) {
    return invalid_request("ANY ConsistencyLevel is only supported for writes");
  }
  const int32_t factor = bound.select().statement->table->replication_factor;
  const bool nothing = !bound.is_scan() && bound.targets().empty();
  if (factor == 0 || nothing) return {};
  if (is_serial(level) && !bound.is_scan()) level = consensus_level(level);
  return check_alive(level, factor);
}

Status check_conditional_write(const BoundStatement& bound, int32_t factor) {
  const uint16_t commit = bound.options().consistency;
  const uint16_t serial = bound.options().serial_consistency;
  if (!is_serial(serial)) {
    return invalid_request(
        "Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL");
  }
  if (is_serial(commit)) {
    return invalid_request(std::string(commit == kSerial ? "SERIAL" : "LOCAL_SERIAL") +
                           " is not supported as conditional update commit consistency. Use ANY if "
                           "you mean \"make sure it is accepted but I don't care how many replicas "
                           "commit it for non-SERIAL reads\"");
  }
  CETO_TRY(check_alive(consensus_level(serial), factor));
  return check_alive(commit, factor);
}

Status check_counter_write(const BoundStatement& bound) {
  const uint16_t level = bound.options().consistency;
  if (level == kAny) {
    return invalid_request("Consistency level ANY is not yet supported for counter table " +
                           bound.modifications().front().statement->table->name);
  }
  if (is_serial(level)) {
    return invalid_request("Counter operations are inherently non-serializable");
  }
  return {};
}

}  // namespace

Status check_consistency(const BoundStatement& bound) {
  if (bound.is_read()) return check_read(bound);
  // Of a batch over several keyspaces the highest factor decides.
  int32_t factor = 0;
  for (const BoundModification& modification : bound.modifications()) {
    factor = std::max<int32_t>(factor, modification.statement->table->replication_factor);
  }
  if (bound.conditional()) return check_conditional_write(bound, factor);
  const uint16_t level = bound.options().consistency;
  if (!bound.is_batch()) {
    if (bound.counter()) CETO_TRY(check_counter_write(bound));
    // A batch is not refused for this, as little as in Cassandra.
    if (is_serial(level)) {
      return invalid_request("You must use conditional updates for serializable writes");
    }
  }
  return factor == 0 || bound.targets().empty() ? Status() : check_alive(level, factor);
}

}  // namespace ceto
