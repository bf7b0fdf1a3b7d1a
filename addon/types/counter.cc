#include "types/counter.h"

#include "base/byte_io.h"

namespace ceto {
namespace {

constexpr size_t kEntryBytes = 2;
enum class ShardKind { kRemote, kLocal, kGlobal };
enum class Winner { kLeft, kRight, kSum };

struct Shard {
  const uint8_t* id;
  int64_t clock;
  int64_t count;
  ShardKind kind;
};

// A negative count of header entries marks local shards that are to be forgotten; the size is the
// same.
size_t header_bytes(Bytes context) {
  if (context.size() < kEntryBytes) return context.size();
  const int entries = load_be<int16_t>(context.data());
  return kEntryBytes + kEntryBytes * static_cast<size_t>(entries < 0 ? -entries : entries);
}

class ShardReader {
 public:
  explicit ShardReader(Bytes context)
      : context_(context), header_end_(header_bytes(context)), body_(header_end_) {
    if (header_end_ > context.size()) header_end_ = body_ = context.size();
  }

  bool at_end() const { return context_.size() - body_ < kCounterShardBytes; }
  const uint8_t* id() const { return context_.data() + body_; }

  Shard current() const {
    Shard shard;
    shard.id = id();
    shard.clock = load_be<int64_t>(shard.id + 16);
    shard.count = load_be<int64_t>(shard.id + 24);
    shard.kind = ShardKind::kRemote;
    if (entry_ < header_end_) {
      const int entry = load_be<int16_t>(context_.data() + entry_);
      if (entry == index_) shard.kind = ShardKind::kLocal;
      if (entry == index_ + INT16_MIN) shard.kind = ShardKind::kGlobal;
    }
    return shard;
  }

  void advance(const Shard& passed) {
    if (passed.kind != ShardKind::kRemote) entry_ += kEntryBytes;
    body_ += kCounterShardBytes;
    ++index_;
  }

 private:
  Bytes context_;
  size_t header_end_;
  size_t entry_ = kEntryBytes;
  size_t body_;
  int index_ = 0;
};

void store_shard(uint8_t* to, const Shard& shard) {
  std::memcpy(to, shard.id, 16);
  store_be(to + 16, shard.clock);
  store_be(to + 24, shard.count);
}

int16_t header_entry(ShardKind kind, size_t index) {
  const int entry = static_cast<int>(index);
  return static_cast<int16_t>(kind == ShardKind::kGlobal ? entry + INT16_MIN : entry);
}

Bytes one_shard_context(const Shard& shard, Arena& arena) {
  uint8_t* const to = arena.allocate_bytes(kOneShardContextBytes);
  store_be<int16_t>(to, 1);
  store_be<int16_t>(to + kEntryBytes, header_entry(shard.kind, 0));
  store_shard(to + 2 * kEntryBytes, shard);
  return {to, kOneShardContextBytes};
}

Winner by_count(const Shard& a, const Shard& b) {
  return a.count > b.count ? Winner::kLeft : Winner::kRight;
}

// Which of two shards of one counter id stays. Clocks of remote shards may be negative: such a
// shard was renewed, and of two of those the lower clock is the later.
Winner resolve(const Shard& a, const Shard& b) {
  if (a.kind != b.kind) return a.kind > b.kind ? Winner::kLeft : Winner::kRight;
  if (a.kind == ShardKind::kLocal) return Winner::kSum;
  if (a.clock == b.clock) return by_count(a, b);
  if (a.kind == ShardKind::kGlobal) return a.clock > b.clock ? Winner::kLeft : Winner::kRight;
  const bool left =
      a.clock >= 0 ? b.clock > 0 && a.clock > b.clock : b.clock > 0 || a.clock < b.clock;
  return left ? Winner::kLeft : Winner::kRight;
}

int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

Shard take(ShardReader& from) {
  const Shard shard = from.current();
  from.advance(shard);
  return shard;
}

// The next shard of the merged context; one of the readers has one.
Shard next_merged(ShardReader& a, ShardReader& b) {
  if (a.at_end()) return take(b);
  if (b.at_end()) return take(a);
  const int c = std::memcmp(a.id(), b.id(), 16);
  if (c < 0) return take(a);
  if (c > 0) return take(b);
  const Shard left = take(a);
  const Shard right = take(b);
  switch (resolve(left, right)) {
    case Winner::kLeft:
      return left;
    case Winner::kRight:
      return right;
    case Winner::kSum:
      break;
  }
  return {left.id, wrapping_add(left.clock, right.clock), wrapping_add(left.count, right.count),
          ShardKind::kLocal};
}

}  // namespace

int64_t counter_total(Bytes context) {
  int64_t total = 0;
  for (size_t at = header_bytes(context); at + kCounterShardBytes <= context.size();
       at += kCounterShardBytes) {
    total = wrapping_add(total, load_be<int64_t>(context.data() + at + 24));
  }
  return total;
}

std::optional<ClockAndCount> counter_shard_of(Bytes context, const CounterId& id) {
  for (ShardReader in(context); !in.at_end();) {
    const Shard shard = take(in);
    if (std::memcmp(shard.id, id.data(), id.size()) == 0) {
      return ClockAndCount{shard.clock, shard.count};
    }
  }
  return std::nullopt;
}

Bytes make_global_counter(const CounterId& id, ClockAndCount state, Arena& arena) {
  return one_shard_context({id.data(), state.clock, state.count, ShardKind::kGlobal}, arena);
}

ClockAndCount advance_counter(std::optional<ClockAndCount> current, int64_t delta,
                              int64_t now_micros) {
  const ClockAndCount before = current.value_or(ClockAndCount{});
  const int64_t next = wrapping_add(before.clock, 1);
  return {now_micros > next ? now_micros : next, wrapping_add(before.count, delta)};
}

Bytes make_counter_update(int64_t delta, Arena& arena) {
  static constexpr CounterId kUpdateId{0, 0, 0, 0, 0, 0, 0, 0, 0xC0};  // CounterId.fromInt(0)
  return one_shard_context({kUpdateId.data(), 1, delta, ShardKind::kLocal}, arena);
}

Bytes merge_counters(Bytes a, Bytes b, Arena& arena) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  size_t shards = 0;
  size_t entries = 0;
  for (ShardReader left(a), right(b); !left.at_end() || !right.at_end(); ++shards) {
    if (next_merged(left, right).kind != ShardKind::kRemote) ++entries;
  }
  const size_t header = kEntryBytes + entries * kEntryBytes;
  const size_t size = header + shards * kCounterShardBytes;
  uint8_t* const merged = arena.allocate_bytes(size);
  store_be(merged, static_cast<int16_t>(entries));
  uint8_t* entry = merged + kEntryBytes;
  ShardReader left(a);
  ShardReader right(b);
  for (size_t i = 0; i < shards; ++i) {
    const Shard shard = next_merged(left, right);
    store_shard(merged + header + i * kCounterShardBytes, shard);
    if (shard.kind == ShardKind::kRemote) continue;
    store_be(entry, header_entry(shard.kind, i));
    entry += kEntryBytes;
  }
  CETO_ASSERT(entry == merged + header);
  return {merged, size};
}

Status validate_counter_context(Bytes context) {
  const size_t header = header_bytes(context);
  const bool whole = context.size() >= kEntryBytes && header <= context.size() &&
                     (context.size() - header) % kCounterShardBytes == 0;
  if (whole) return {};
  return invalid_request("Invalid size for a counter context");
}

}  // namespace ceto
