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

Bytes IndexSummary::sample_key(size_t i) const {
  const uint64_t begin = samples_[i].key_offset;
  const uint64_t end = i + 1 < samples_.size() ? samples_[i + 1].key_offset : keys_.size();
  return Bytes(keys_).sub(begin, end - begin);
}

void IndexSummary::append_sample(Bytes key, uint64_t index_position) {
  samples_.push_back({token_of(key), keys_.size(), index_position});
  keys_.append(key.text());
}

void IndexSummary::add(Bytes key, uint64_t index_position) {
  if (added_ == 0) first_key_ = key.str();
  if (added_ % interval_ == 0) append_sample(key, index_position);
  last_key_.assign(key.text());
  ++added_;
}

std::string IndexSummary::serialize() const {
  std::string entries;
  std::vector<uint32_t> offsets;
  for (size_t i = 0; i < samples_.size(); ++i) {
    offsets.push_back(static_cast<uint32_t>(samples_.size() * 4 + entries.size()));
    entries.append(sample_key(i).text());
    append_le(entries, samples_[i].index_position);
  }
  std::string bytes;
  ByteWriter out(bytes);
  out.u32(interval_);
  out.u32(static_cast<uint32_t>(samples_.size()));
  out.u64(offsets.size() * 4 + entries.size());
  out.u32(kFullSamplingLevel);
  out.u32(static_cast<uint32_t>(samples_.size()));  // at full sampling
  for (const uint32_t offset : offsets) append_le(bytes, offset);
  out.bytes(Bytes(entries));
  out.i32_bytes(Bytes(first_key_));
  out.i32_bytes(Bytes(last_key_));
  return bytes;
}

Result<IndexSummary> IndexSummary::deserialize(Bytes content, uint64_t index_size,
                                               const std::string& path) {
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
    return broken("bad sizes");
  }
  const Bytes body = in.bytes(size);
  IndexSummary summary(interval);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t begin = load_le<uint32_t>(body.data() + i * 4);
    const uint64_t end = i + 1 < count ? load_le<uint32_t>(body.data() + (i + 1) * 4) : size;
    if (begin < count * 4 || end > size || end < begin + 8) return broken("bad offset of a sample");
    const Bytes key = body.sub(begin, end - begin - 8);
    const auto position = load_le<uint64_t>(body.data() + end - 8);
    if (position >= index_size) return broken("a sample outside of the index");
    const Token token = token_of(key);
    if (i > 0) {
      const Sample& last = summary.samples_.back();
      if (compare_keys(last.token, summary.sample_key(i - 1), token, key) >= 0 ||
          last.index_position >= position) {
        return broken("samples out of order");
      }
    } else if (position != 0) {
      return broken("the first sample is not the index's first entry");
    }
    summary.append_sample(key, position);
  }
  summary.first_key_ = in.i32_bytes().str();
  summary.last_key_ = in.i32_bytes().str();
  if (in.failed() || !in.at_end() || Bytes(summary.first_key_) != summary.sample_key(0)) {
    return broken("bad first and last key");
  }
  summary.added_ = count;
  return summary;
}

uint64_t IndexSummary::sample_after(uint64_t position) const {
  const auto next = std::upper_bound(
      samples_.begin(), samples_.end(), position,
      [](uint64_t wanted, const Sample& sample) { return wanted < sample.index_position; });
  return next == samples_.end() ? UINT64_MAX : next->index_position;
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
  return {samples_[low - 1].index_position,
          low < samples_.size() ? samples_[low].index_position : index_size};
}

}  // namespace ceto
