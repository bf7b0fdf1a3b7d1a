#include "lsm/sstable/index_writer.h"

#include "lsm/sstable/component_checksums.h"
#include "lsm/sstable/unchecked_writer.h"

namespace ceto {

using namespace sstable_format;

IndexWriter::IndexWriter(Io& io) : file_(io), chunk_(ComponentChecksums::kIndexChunkBytes) {}

void IndexWriter::put(Bytes chunk) {
  checksums_.push_back(ComponentChecksums::crc_of(chunk));
  file_.append(chunk);
}

void IndexWriter::put_full_chunks() {
  chunk_.take_full([this](Bytes chunk) { put(chunk); });
}

Task<Status> IndexWriter::finish() {
  if (!chunk_.rest().empty()) put(chunk_.rest());
  return file_.finish();
}

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
  for (const Place* place : {&first_, one_place_ ? &first_ : &last_}) {
    out.u8(static_cast<uint8_t>(place->kind));
    out.bytes(place->prefix.bytes());
  }
  out.unsigned_vint(block_begin_);
  out.signed_vint(static_cast<int64_t>(end - block_begin_) - int64_t{kColumnIndexBytes});
  out.u8(!open_.live());
  if (!open_.live()) write_deletion_time(out, open_);
  in_block_ = false;
}

void PartitionIndexBuilder::add(PrefixKind kind, Bytes prefix, uint64_t begin, uint64_t end,
                                const DeletionTime& open) {
  if (!in_block_) {
    in_block_ = true;
    block_begin_ = begin;
    first_.keep(kind, prefix);
  }
  open_ = open;
  one_place_ = begin == block_begin_;
  const bool cuts = end - block_begin_ >= kColumnIndexBytes;
  // A partition of one block gets no index, so its last place is not asked for.
  if (!one_place_ && (cuts || !offsets_.empty())) last_.keep(kind, prefix);
  if (cuts) cut_block(end);
}

void PartitionIndexBuilder::finish(Bytes key, uint64_t data_position, uint64_t end,
                                   IndexWriter& to) {
  if (in_block_ && !offsets_.empty()) cut_block(end);
  constexpr size_t kVint = UncheckedWriter::kVintBytes;
  const bool indexed = offsets_.size() >= 2;
  const size_t index_bytes =
      indexed ? 2 * kVint + kDeletionTimeBytes + blocks_.size() + offsets_.size() * sizeof(uint32_t)
              : 0;
  uint8_t* const entry = to.room(2 + key.size() + 2 * kVint + index_bytes);
  UncheckedWriter out(entry);
  out.u16_bytes(key);
  out.unsigned_vint(data_position);
  if (!indexed) {
    out.unsigned_vint(0);
    return to.commit(static_cast<size_t>(out.position() - entry));
  }
  const uint64_t size = unsigned_vint_size(header_bytes_) + kDeletionTimeBytes +
                        unsigned_vint_size(offsets_.size()) + blocks_.size() + offsets_.size() * 4;
  out.unsigned_vint(size);
  out.unsigned_vint(header_bytes_);
  write_deletion_time(out, deletion_);
  out.unsigned_vint(offsets_.size());
  out.bytes(Bytes(blocks_));
  for (const uint32_t offset : offsets_) out.u32(offset);
  to.commit(static_cast<size_t>(out.position() - entry));
}

}  // namespace ceto
