// IndexSummary: every n-th key of Index.db with its place, so that a lookup reads one short run of
// the index. Kept whole in memory. Immutable once read; any thread. Source:
// org.apache.cassandra.io.sstable.indexsummary.IndexSummary
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/kept_bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "io/background.h"
#include "types/token.h"

namespace ceto {

class IndexSummary {
 public:
  explicit IndexSummary(uint32_t interval = 128) : interval_(interval) {}

  // Keys in order; `index_position` is the place of the key's entry in Index.db. The first key of a
  // file is a sample, later ones every `interval` keys.
  void add(Bytes key, uint64_t index_position);
  std::string serialize() const;
  // Checks order and bounds against the size of Index.db. `content`, `path` and `background` (which
  // may be null) outlive the task.
  static Task<Result<IndexSummary>> deserialize(Bytes content, uint64_t index_size,
                                                const std::string& path, Background* background);

  // The run of Index.db that holds the entry of (token, key), if there is one: from the last sample
  // that is not above it to the next. An empty run: the key is below the first.
  struct Run {
    uint64_t begin = 0;
    uint64_t end = 0;
  };
  Run find(Token token, Bytes key, uint64_t index_size) const;

  // The first sampled place in Index.db behind `position`; UINT64_MAX: none.
  uint64_t sample_after(uint64_t position) const;

  const std::string& first_key() const { return first_key_; }
  Bytes last_key() const { return last_key_.bytes(); }
  size_t samples() const { return samples_.size(); }
  size_t size_bytes() const { return entries_.capacity() + samples_.capacity() * sizeof(Sample); }

 private:
  static constexpr size_t kPositionBytes = 8;
  struct Sample {
    Token token;
    uint64_t offset = 0;  // in entries_; ends where the next begins
  };
  void append_sample(Token token, Bytes key, uint64_t index_position);
  Bytes entry(size_t i) const;
  Bytes sample_key(size_t i) const { return entry(i).sub(0, entry(i).size() - kPositionBytes); }
  uint64_t sample_position(size_t i) const;

  uint32_t interval_;
  uint32_t until_sample_ = 0;  // keys that are passed before the next sample
  std::vector<Sample> samples_;
  std::string entries_;  // as in the file: keys, each with its place in Index.db behind it
  std::string first_key_;
  KeptBytes last_key_;
};

// Order of partitions: by token, then by the key's bytes.
int compare_keys(Token a_token, Bytes a, Token b_token, Bytes b);

}  // namespace ceto
