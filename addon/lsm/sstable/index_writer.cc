#include "lsm/sstable/index_writer.h"

#include "lsm/sstable/format.h"

namespace ceto {

using namespace sstable_format;

void PartitionIndexBuilder::begin(DeletionTime deletion, uint64_t header_bytes) {
  deletion_ = deletion;
  header_bytes_ = header_bytes;
  blocks_.clear();
  offsets_.clear();
  in_block_ = false;
  open_ = {};
}

void PartitionIndexBuilder::cut_block(uint64_t end) {
  CETO_ASSERT(in_block_ && end > block_begin_);
  offsets_.push_back(static_cast<uint32_t>(blocks_.size()));
  ByteWriter out(blocks_);
  out.bytes(Bytes(first_prefix_));
  out.bytes(Bytes(one_prefix_ ? first_prefix_ : last_prefix_));
  out.unsigned_vint(block_begin_);
  out.signed_vint(static_cast<int64_t>(end - block_begin_) - int64_t{kColumnIndexBytes});
  out.u8(!open_.live());
  if (!open_.live()) write_deletion_time(out, open_);
  in_block_ = false;
}

void PartitionIndexBuilder::add(Bytes prefix, uint64_t begin, uint64_t end,
                                const DeletionTime& open) {
  one_prefix_ = !in_block_;
  if (one_prefix_) {
    in_block_ = true;
    block_begin_ = begin;
    first_prefix_.assign(prefix.text());
  } else {
    last_prefix_.assign(prefix.text());
  }
  open_ = open;
  if (end - block_begin_ >= kColumnIndexBytes) cut_block(end);
}

void PartitionIndexBuilder::finish(Bytes key, uint64_t data_position, uint64_t end,
                                   std::string& to) {
  if (in_block_ && !offsets_.empty()) cut_block(end);
  ByteWriter out(to);
  out.u16_bytes(key);
  out.unsigned_vint(data_position);
  if (offsets_.size() < 2) {
    out.unsigned_vint(0);
    return;
  }
  const uint64_t size = unsigned_vint_size(header_bytes_) + kDeletionTimeBytes +
                        unsigned_vint_size(offsets_.size()) + blocks_.size() + offsets_.size() * 4;
  out.unsigned_vint(size);
  out.unsigned_vint(header_bytes_);
  write_deletion_time(out, deletion_);
  out.unsigned_vint(offsets_.size());
  out.bytes(Bytes(blocks_));
  for (const uint32_t offset : offsets_) out.u32(offset);
}

}  // namespace ceto
