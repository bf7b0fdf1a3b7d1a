// Uuids as Cassandra's drivers and functions make and read them. Randomness and time come from the
// caller. A TimeuuidGenerator belongs to one shard and its thread; the rest: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace ceto {

using Uuid = std::array<uint8_t, 16>;

// Version 1: strictly ascending within a generator, also when the clock stands still or goes back.
// Generators of one process differ in their node field by the shard, those of different processes
// by their random part: 32 bits of the node and 14 of the clock sequence.
class TimeuuidGenerator {
 public:
  TimeuuidGenerator(uint64_t random, uint16_t shard);
  Uuid next(int64_t wall_micros);

 private:
  uint64_t clock_sequence_and_node_;
  uint64_t last_ticks_ = 0;
};

// Version 4 of 122 of the 128 random bits given.
Uuid random_uuid(uint64_t random_high, uint64_t random_low);

// Of a version 1 uuid of 16 bytes: its time since 1970.
int64_t timeuuid_micros(Bytes uuid);
int64_t timeuuid_millis(Bytes uuid);

// The first and the last timeuuid of a millisecond in TimeUUIDType's order (minTimeuuid,
// maxTimeuuid).
Uuid min_timeuuid(int64_t millis);
Uuid max_timeuuid(int64_t millis);

std::string format_uuid(Bytes uuid);                    // 36 characters, lower case
std::optional<Uuid> parse_uuid(std::string_view text);  // either case
std::string uuid_text(const Uuid& uuid);                // lower case

}  // namespace ceto
