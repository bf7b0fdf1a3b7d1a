#include "lsm/sstable/index_summary.h"

#include <algorithm>
#include <cstring>

#include "base/byte_io.h"

namespace ceto {

namespace {

// The sampling level of a summary that was never thinned out.
constexpr uint32_t kFullSamplingLevel = 128;

// Offsets and positions are in the machine's order in Cassandra: little-endian where it runs.
template <class T>
void append_le(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little);
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
template <class T>
T load_le(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

}  // namespace

int compare_keys(Token a_token, Bytes a, Token b_token, Bytes b) {
  if (a_token != b_token) return a_token < b_token ? -1 : 1;
  return compare(a, b);
}

Bytes IndexSummary::entry(size_t i) const {
  const uint64_t begin = samples_[i].offset;
  const uint64_t end = i + 1 < samples_.size() ? samples_[i + 1].offset : entries_.size();
  return Bytes(entries_).sub(begin, end - begin);
}

uint64_t IndexSummary::sample_position(size_t i) const {
  const Bytes at = entry(i);
  return load_le<uint64_t>(at.end() - kPositionBytes);
}

void IndexSummary::append_sample(Token token, Bytes key, uint64_t index_position) {
  samples_.push_back({token, entries_.size()});
  entries_.append(key.text());
  append_le(entries_, index_position);
}

void IndexSummary::add(Bytes key, uint64_t index_position) {
  if (samples_.empty()) first_key_ = key.str();
  if (until_sample_ == 0) {
    append_sample(token_of(key), key, index_position);
    until_sample_ = interval_;
  }
  --until_sample_;
  last_key_.assign(key);
}

std::string IndexSummary::serialize() const {
  const size_t offsets_bytes = samples_.size() * sizeof(uint32_t);
  std::string bytes;
  bytes.reserve(64 + offsets_bytes + entries_.size() + first_key_.size() + last_key().size());
  ByteWriter out(bytes);
  out.u32(interval_);
  out.u32(static_cast<uint32_t>(samples_.size()));
  out.u64(offsets_bytes + entries_.size());
  out.u32(kFullSamplingLevel);
  out.u32(static_cast<uint32_t>(samples_.size()));  // at full sampling
  for (const Sample& sample : samples_) {
    append_le(bytes, static_cast<uint32_t>(offsets_bytes + sample.offset));
  }
  out.bytes(Bytes(entries_));
  out.i32_bytes(Bytes(first_key_));
  out.i32_bytes(last_key());
  return bytes;
}

Task<Result<IndexSummary>> IndexSummary::deserialize(Bytes content, uint64_t index_size,
                                                     const std::string& path,
                                                     Background* background) {
  // Some tens of microseconds' worth of samples.
  constexpr uint64_t kSamplesAtOnce = 256;
  ByteReader in(content);
  const auto broken = [&](const char* what) {
    return corrupt(path + ": " + what + " at offset " +
                   std::to_string(content.size() - in.remaining()));
  };
  const uint32_t interval = in.u32();
  const uint64_t count = in.u32();
  const uint64_t size = in.u64();
  const uint32_t sampling_level = in.u32();
  in.u32();  // samples at the full level
  if (in.failed() || interval == 0 || count == 0 || sampling_level == 0 ||
      sampling_level > kFullSamplingLevel || size > in.remaining() || size < count * 12) {
    co_return broken("bad sizes");
  }
  const Bytes body = in.bytes(size);
  IndexSummary summary(interval);
  summary.samples_.reserve(count);
  summary.entries_.reserve(size - count * sizeof(uint32_t));
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t begin = load_le<uint32_t>(body.data() + i * 4);
    const uint64_t end = i + 1 < count ? load_le<uint32_t>(body.data() + (i + 1) * 4) : size;
    if (begin < count * 4 || end > size || end < begin + 8)
      co_return broken("bad offset of a sample");
    const Bytes key = body.sub(begin, end - begin - 8);
    const auto position = load_le<uint64_t>(body.data() + end - 8);
    if (position >= index_size) co_return broken("a sample outside of the index");
    const Token token = token_of(key);
    if (i % kSamplesAtOnce == 0 && background != nullptr && background->should_yield()) {
      co_await background->yield();
    }
    if (i > 0) {
      const Sample& last = summary.samples_.back();
      if (compare_keys(last.token, summary.sample_key(i - 1), token, key) >= 0 ||
          summary.sample_position(i - 1) >= position) {
        co_return broken("samples out of order");
      }
    } else if (position != 0) {
      co_return broken("the first sample is not the index's first entry");
    }
    summary.append_sample(token, key, position);
  }
  summary.first_key_ = in.i32_bytes().str();
  summary.last_key_.assign(in.i32_bytes());
  if (in.failed() || !in.at_end() || Bytes(summary.first_key_) != summary.sample_key(0)) {
    co_return broken("bad first and last key");
  }
  co_return std::move(summary);
}

uint64_t IndexSummary::sample_after(uint64_t position) const {
  size_t low = 0;
  size_t high = samples_.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (sample_position(middle) > position) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low == samples_.size() ? UINT64_MAX : sample_position(low);
}

IndexSummary::Run IndexSummary::find(Token token, Bytes key, uint64_t index_size) const {
  size_t low = 0;  // the first sample above the key
  size_t high = samples_.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (compare_keys(samples_[middle].token, sample_key(middle), token, key) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return {0, 0};
  return {sample_position(low - 1), low < samples_.size() ? sample_position(low) : index_size};
}

}  // namespace ceto
