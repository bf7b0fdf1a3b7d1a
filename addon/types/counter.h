// Counter contexts, the value of a counter cell. Source:
// org.apache.cassandra.db.context.CounterContext
//   context = i16 header_count, i16 * header_count, shard*
//   shard   = 16 bytes counter id, i64 clock, i64 count        ascending by id
// A header entry is the index of a local shard, or that index - 32768 for a global one; shards
// without an entry are remote. Since Cassandra 2.1 nodes write one global shard each: the count so
// far and the clock of its last change. Local shards hold an increment that has not been applied
// yet. All functions read views and write to an arena or a given place. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/result.h"

namespace ceto {

using CounterId = std::array<uint8_t, 16>;

struct ClockAndCount {
  int64_t clock = 0;
  int64_t count = 0;
};

inline constexpr size_t kCounterShardBytes = 16 + 8 + 8;
inline constexpr size_t kOneShardContextBytes = 2 + 2 + kCounterShardBytes;

// The value a reader sees: the sum over all shards, which wraps around as Java's long does. A
// damaged context counts as far as it can be read.
int64_t counter_total(Bytes context);

// What this node has counted so far; nullopt when the context has no shard of `id`.
std::optional<ClockAndCount> counter_shard_of(Bytes context, const CounterId& id);

// What a node writes for an update of +delta: a global shard with the new count and
// clock = max(now in microseconds, clock of its last shard + 1).
Bytes make_global_counter(const CounterId& id, ClockAndCount state, Arena& arena);
ClockAndCount advance_counter(std::optional<ClockAndCount> current, int64_t delta,
                              int64_t now_micros);

// An increment on its way to the replica that applies it: a local shard of a fixed id, clock 1.
Bytes make_counter_update(int64_t delta, Arena& arena);

// Both contexts' shards. Of two with one id: global wins over local over remote, then the higher
// clock, then the higher count; two local shards add up. Returns `a` or `b` itself where one is
// empty.
Bytes merge_counters(Bytes a, Bytes b, Arena& arena);

// kInvalid with Cassandra's words for bytes that are no context.
Status validate_counter_context(Bytes context);

}  // namespace ceto
