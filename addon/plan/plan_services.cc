#include "plan/plan_services.h"

#include <algorithm>
#include <cstring>

#include "base/byte_io.h"

namespace ceto {

namespace {

// splitmix64: spreads one seed over the generator's state.
uint64_t split_mix(uint64_t& state) {
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// List cells put in front count their time down from this moment, 2010-01-01, as Cassandra's do
// (Lists.PrecisionTime), so that they sort before all that is appended.
constexpr int64_t kPrependReferenceMicros = 1'262'304'000'000'000;
constexpr uint64_t kUuidEpochTicks = 0x01B21DD213814000u;  // 1582 to 1970 in 100 ns

void store_uuid_time(uint8_t* to, uint64_t ticks) {
  store_be(to, static_cast<uint32_t>(ticks));
  store_be(to + 4, static_cast<uint16_t>(ticks >> 32));
  store_be(to + 6, static_cast<uint16_t>(0x1000 | (ticks >> 48)));
}

}  // namespace

PlanServices::PlanServices(const PlanConfig& config, Store& store, Clock& clock)
    : config_(config),
      store_(store),
      clock_(clock),
      random_state_(config.seed),
      timeuuids_(split_mix(random_state_), static_cast<uint16_t>(config.shard)) {}

PlanServices::~PlanServices() { CETO_ASSERT(leased_ == 0); }

void PlanServices::make_timeuuid(uint8_t* to) {
  const Uuid made = timeuuids_.next(clock_.wall_micros());
  std::memcpy(to, made.data(), made.size());
}

void PlanServices::make_random_uuid(uint8_t* to) {
  const uint64_t high = split_mix(random_state_);
  const Uuid made = random_uuid(high, split_mix(random_state_));
  std::memcpy(to, made.data(), made.size());
}

void PlanServices::make_prepend_timeuuid(uint8_t* to) {
  make_timeuuid(to);  // for its clock sequence and node
  const int64_t mirrored = 2 * kPrependReferenceMicros - clock_.wall_micros();
  const uint64_t ticks =
      kUuidEpochTicks + static_cast<uint64_t>(std::max<int64_t>(0, mirrored)) * 10;
  last_prepend_ticks_ = std::min(ticks, last_prepend_ticks_ - 1);
  store_uuid_time(to, last_prepend_ticks_);
}

std::unique_ptr<Arena> PlanServices::lease_arena() {
  ++leased_;
  if (arenas_.empty()) return std::make_unique<Arena>();
  std::unique_ptr<Arena> arena = std::move(arenas_.back());
  arenas_.pop_back();
  return arena;
}

void PlanServices::return_arena(std::unique_ptr<Arena> arena) {
  CETO_ASSERT(leased_ > 0);
  --leased_;
  if (arenas_.size() == kKeptArenas) return;
  arena->reset();
  arenas_.push_back(std::move(arena));
}

}  // namespace ceto
