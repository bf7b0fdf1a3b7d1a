#include "lsm/sstable/estimates.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/assert.h"
#include "lsm/sstable/hashes.h"

namespace ceto {

EstimatedHistogram::EstimatedHistogram(size_t bounds) : bounds_(bounds), buckets_(bounds + 1) {
  CETO_ASSERT(bounds > 0);
  uint64_t last = 1;
  bounds_[0] = last;
  for (size_t i = 1; i < bounds; ++i) {
    const auto next = static_cast<uint64_t>(std::llround(double(last) * 1.2));
    last = next == last ? next + 1 : next;
    bounds_[i] = last;
  }
}

void EstimatedHistogram::add(uint64_t value) {
  const bool same = last_ < bounds_.size() && value <= bounds_[last_] &&
                    (last_ == 0 || value > bounds_[last_ - 1]);
  if (!same) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    last_ = static_cast<size_t>(at - bounds_.begin());
  }
  ++buckets_[last_];
}

uint64_t EstimatedHistogram::count() const {
  uint64_t sum = 0;
  for (const uint64_t n : buckets_) sum += n;
  return sum;
}

uint64_t EstimatedHistogram::mean() const {
  double elements = 0;
  double sum = 0;
  for (size_t i = 0; i < bounds_.size(); ++i) {
    elements += double(buckets_[i]);
    sum += double(buckets_[i]) * double(bounds_[i]);
  }
  return elements == 0 ? 0 : static_cast<uint64_t>(std::ceil(sum / elements));
}

uint64_t EstimatedHistogram::max() const {
  for (size_t i = buckets_.size(); i > 0; --i) {
    if (buckets_[i - 1] > 0) return bounds_[std::min(i - 1, bounds_.size() - 1)];
  }
  return 0;
}

void EstimatedHistogram::write(ByteWriter& out) const {
  out.u32(static_cast<uint32_t>(buckets_.size()));
  for (size_t i = 0; i < buckets_.size(); ++i) {
    out.u64(bounds_[i == 0 ? 0 : i - 1]);
    out.u64(buckets_[i]);
  }
}

bool EstimatedHistogram::read(ByteReader& in, EstimatedHistogram& into) {
  const uint32_t size = in.u32();
  if (in.failed() || size < 2 || size > kMaxBuckets || in.remaining() < size_t{size} * 16)
    return false;
  into.bounds_.resize(size - 1);
  into.buckets_.resize(size);
  for (uint32_t i = 0; i < size; ++i) {
    into.bounds_[i == 0 ? 0 : i - 1] = in.u64();
    into.buckets_[i] = in.u64();
  }
  return true;
}

void TombstoneHistogram::add(uint32_t local_deletion_time) {
  const uint64_t rounded =
      (uint64_t{local_deletion_time} + kRoundSeconds - 1) / kRoundSeconds * kRoundSeconds;
  ++points_[static_cast<uint32_t>(std::min<uint64_t>(rounded, INT32_MAX - 1))];
  if (points_.size() > kMaxSpool) merge_to(kMaxBins);
}

// Joins the two nearest points until few enough are left. Kept as the later of the two: an estimate
// of what may be dropped then errs to the safe side.
void TombstoneHistogram::merge_to(size_t bins) {
  while (points_.size() > bins) {
    auto nearest = points_.begin();
    uint32_t distance = UINT32_MAX;
    for (auto at = points_.begin(), next = std::next(at); next != points_.end(); at = next++) {
      if (next->first - at->first < distance) {
        distance = next->first - at->first;
        nearest = at;
      }
    }
    std::next(nearest)->second += nearest->second;
    points_.erase(nearest);
  }
}

void TombstoneHistogram::write(ByteWriter& out) {
  merge_to(kMaxBins);
  out.u32(static_cast<uint32_t>(points_.size()));  // the bound, which `nb` readers ignore
  out.u32(static_cast<uint32_t>(points_.size()));
  for (const auto& [point, count] : points_) {
    out.f64(double(point));
    out.u64(count);
  }
}

bool TombstoneHistogram::read(ByteReader& in, TombstoneHistogram& into) {
  in.u32();
  const uint32_t size = in.u32();
  if (in.failed() || in.remaining() / 16 < size) return false;
  for (uint32_t i = 0; i < size; ++i) {
    const double point = in.f64();
    const uint64_t count = in.u64();
    if (!(point >= 0 && point <= UINT32_MAX)) return false;
    into.points_[static_cast<uint32_t>(point)] += count;
    if (into.points_.size() > kMaxSpool) into.merge_to(kMaxBins);
  }
  return !in.failed();
}

uint64_t TombstoneHistogram::count() const {
  uint64_t sum = 0;
  for (const auto& [point, count] : points_) sum += count;
  return sum;
}

namespace {

// An entry of the sparse list: the 25-bit hash, and where its low bits are zero (so that they say
// nothing of the run of zeros behind the first 13) the run too.
constexpr uint32_t kHasRun = 1;
constexpr unsigned kRunBits = 6;
constexpr uint32_t kRunMask = (1u << kRunBits) - 1;

uint32_t hash_of_entry(uint32_t entry) {
  return entry & kHasRun ? entry >> (kRunBits + 1) : entry >> 1;
}

}  // namespace

void KeyCardinality::raise_register(uint32_t index, uint32_t run) {
  uint32_t& word = words_[index / kRegistersPerWord];
  const unsigned shift = kRegisterBits * (index % kRegistersPerWord);
  if (((word >> shift) & 31u) < run) word = (word & ~(31u << shift)) | (run << shift);
}

void KeyCardinality::add(Bytes key) {
  const uint64_t hash = murmur2_64(key);
  const uint64_t rest = (hash << kPrecision) | (uint64_t{1} << (kPrecision - 1));
  const uint32_t run = static_cast<uint32_t>(std::countl_zero(rest)) + 1;
  if (!words_.empty()) {
    const uint32_t greatest = (1u << kRegisterBits) - 1;
    raise_register(static_cast<uint32_t>(hash >> (64 - kPrecision)), std::min(run, greatest));
    return;
  }
  const auto index = static_cast<uint32_t>(hash >> (64 - kSparsePrecision));
  constexpr uint32_t kLowBits = (1u << (kSparsePrecision - kPrecision)) - 1;
  if ((index & kLowBits) == 0) {
    pending_.push_back((index << (kRunBits + 1)) | ((run ^ kRunMask) << 1) | kHasRun);
  } else {
    pending_.push_back(index << 1);
  }
  if (pending_.size() <= kMaxPending) return;
  merge_pending();
  if (sparse_.size() > kMaxSparse) make_dense();
}

// Of entries with one hash the least stays: it has the longest run.
void KeyCardinality::merge_pending() {
  sparse_.insert(sparse_.end(), pending_.begin(), pending_.end());
  pending_.clear();
  std::sort(sparse_.begin(), sparse_.end(), [](uint32_t a, uint32_t b) {
    const uint32_t hash_a = hash_of_entry(a);
    const uint32_t hash_b = hash_of_entry(b);
    return hash_a != hash_b ? hash_a < hash_b : a < b;
  });
  const auto same = [](uint32_t a, uint32_t b) { return hash_of_entry(a) == hash_of_entry(b); };
  sparse_.erase(std::unique(sparse_.begin(), sparse_.end(), same), sparse_.end());
}

void KeyCardinality::make_dense() {
  words_.resize(kWords);
  for (const uint32_t entry : sparse_) {
    const uint32_t hash = hash_of_entry(entry);
    const uint32_t run = entry & kHasRun ? ((entry >> 1) & kRunMask) ^ kRunMask
                                         : static_cast<uint32_t>(std::countl_zero(
                                               hash << (32 - kSparsePrecision + kPrecision))) +
                                               1;
    raise_register(hash >> (kSparsePrecision - kPrecision), run);
  }
  sparse_ = {};
  pending_ = {};
}

std::string KeyCardinality::serialize() {
  std::string bytes;
  ByteWriter out(bytes);
  // Little-endian base-128, unlike Cassandra's own vints.
  const auto varint = [&out](uint32_t v) {
    for (; v >= 0x80; v >>= 7) out.u8(static_cast<uint8_t>(v | 0x80));
    out.u8(static_cast<uint8_t>(v));
  };
  out.i32(-2);  // the serialization's version, negated
  varint(kPrecision);
  varint(kSparsePrecision);
  if (words_.empty()) {
    merge_pending();
    varint(1);  // sparse
    varint(static_cast<uint32_t>(sparse_.size()));
    uint32_t last = 0;
    for (const uint32_t entry : sparse_) {
      varint(entry - last);  // wraps
      last = entry;
    }
    return bytes;
  }
  varint(0);  // dense
  varint(kWords * 4);
  for (const uint32_t word : words_) out.u32(word);
  return bytes;
}

}  // namespace ceto
