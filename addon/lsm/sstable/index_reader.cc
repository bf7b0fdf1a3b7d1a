#include "lsm/sstable/index_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace ceto {

using namespace sstable_format;

Step read_index_entry(FileCursor& cursor, IndexEntry& entry) {
  const uint64_t begin = cursor.position();
  while (true) {
    const Bytes window = cursor.window();
    ByteReader in(window);
    entry.key = in.u16_bytes();
    entry.data_position = in.unsigned_vint();
    entry.blocks_bytes = in.unsigned_vint();
    if (!in.failed()) {
      const uint64_t head = window.size() - in.remaining();
      entry.blocks_position = begin + head;
      if (entry.blocks_bytes > cursor.remaining() - head) {
        return cursor.fail_corrupt("an entry that is longer than the file");
      }
      entry.next_position = entry.blocks_position + entry.blocks_bytes;
      return Step::kReady;
    }
    const Step step = cursor.ensure(window.size() + 1);
    if (step != Step::kReady) return step;
  }
}

// The inner loop of a lookup: on average half of a summary's interval is passed, so nothing is
// decoded that need not be.
size_t skip_other_entries(Bytes window, Bytes key) {
  const uint8_t* const begin = window.begin();
  size_t entry = 0;
  while (true) {
    const size_t left = window.size() - entry;
    if (left < 2) return entry;
    const size_t key_size = load_be<uint16_t>(begin + entry);
    const size_t position_at = 2 + key_size;
    if (left <= position_at) return entry;
    const uint8_t* const its_key = begin + entry + 2;
    if (key_size == key.size() && std::memcmp(its_key, key.data(), key_size) == 0) return entry;
    // The leading one bits of a vint's first byte count the bytes that follow.
    const auto position_bytes =
        1 + static_cast<size_t>(std::countl_one(begin[entry + position_at]));
    const size_t blocks_at = position_at + position_bytes;
    if (left <= blocks_at) return entry;
    if (begin[entry + blocks_at] == 0) {
      entry += blocks_at + 1;
      continue;
    }
    ByteReader in(window.from(entry + blocks_at));
    const uint64_t blocks_bytes = in.unsigned_vint();
    if (in.failed() || blocks_bytes > in.remaining()) return entry;
    entry = window.size() - in.remaining() + blocks_bytes;
  }
}

Step BlockIndex::open() {
  // The header length (unused), the partition's deletion and the count of blocks.
  constexpr uint64_t kMaxHeadBytes = 9 + kDeletionTimeBytes + 9;
  cursor_.seek(position_);
  const Step step = cursor_.ensure(std::min(kMaxHeadBytes, bytes_));
  if (step != Step::kReady) return step;
  const Bytes head = cursor_.window();
  ByteReader in(head);
  in.unsigned_vint();
  in.skip(kDeletionTimeBytes);
  count_ = in.unsigned_vint();
  const uint64_t head_bytes = head.size() - in.remaining();
  if (in.failed() || count_ == 0 || count_ > kMaxBlocks || head_bytes + count_ * 4 >= bytes_) {
    return cursor_.fail_corrupt("a bad block index");
  }
  blocks_at_ = position_ + head_bytes;
  offsets_at_ = bytes_ - head_bytes - count_ * 4;
  return Step::kReady;
}

Step BlockIndex::read(uint64_t i) {
  CETO_ASSERT(i < count_);
  if (number_ == i) return Step::kReady;
  cursor_.seek(blocks_at_ + offsets_at_ + i * 4);
  const bool last = i + 1 == count_;
  Step step = cursor_.ensure(last ? 4 : 8);
  if (step != Step::kReady) return step;
  const uint64_t begin = load_be<uint32_t>(cursor_.window().data());
  const uint64_t end = last ? offsets_at_ : load_be<uint32_t>(cursor_.window().data() + 4);
  if (begin >= end || end > offsets_at_) return cursor_.fail_corrupt("a bad offset of a block");
  cursor_.seek(blocks_at_ + begin);
  step = cursor_.ensure(end - begin);
  if (step != Step::kReady) return step;
  number_ = UINT64_MAX;
  block_.storage.assign(cursor_.window().sub(0, end - begin).text());
  ByteReader in((Bytes(block_.storage)));
  const bool places = read_prefix(in, header_.clustering_types, block_.first) &&
                      read_prefix(in, header_.clustering_types, block_.last);
  block_.offset = in.unsigned_vint();
  block_.width = static_cast<uint64_t>(in.signed_vint() + int64_t{kColumnIndexBytes});
  block_.open = in.u8() != 0 ? read_deletion_time(in) : DeletionTime{};
  if (!places || in.failed() || !in.at_end()) return cursor_.fail_corrupt("a bad block");
  number_ = i;
  return Step::kReady;
}

// Binary search whose state survives kWait: low_ becomes the first block that does not go right.
template <class GoesRight>
Step BlockIndex::search(GoesRight goes_right) {
  if (!searching_) {
    searching_ = true;
    low_ = 0;
    high_ = count_;
  }
  while (low_ < high_) {
    const uint64_t middle = low_ + (high_ - low_) / 2;
    const Step step = read(middle);
    if (step != Step::kReady) return step;
    if (goes_right(block_)) {
      low_ = middle + 1;
    } else {
      high_ = middle;
    }
  }
  searching_ = false;
  return Step::kReady;
}

Step BlockIndex::find_first_ending_at(const TableSchema& schema, const Bound& bound) {
  return search([&](const IndexBlock& block) {
    return compare_prefix_to_bound(schema, block.last, bound) < 0;
  });
}

Step BlockIndex::find_last_starting_at(const TableSchema& schema, const Bound& bound) {
  const Step step = search([&](const IndexBlock& block) {
    return compare_prefix_to_bound(schema, block.first, bound) <= 0;
  });
  if (step == Step::kReady) --low_;  // wraps to UINT64_MAX: no block starts so early
  return step;
}

}  // namespace ceto
