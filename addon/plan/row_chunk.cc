// The merge of the shards' chunks into one page.
#include "plan/row_chunk.h"

#include <algorithm>

#include "base/byte_io.h"
#include "plan/plan_decoder.h"
#include "plan/result_writer.h"

namespace ceto {

void RowChunk::clear() {
  rows.clear();
  keys.clear();
  partitions.clear();
  index.clear();
  count = 0;
  exhausted = false;
}

namespace {

// A place in one chunk.
struct Cursor {
  const RowChunk* chunk = nullptr;
  size_t at = 0;

  bool at_end() const { return at == chunk->index.size(); }
  const ChunkRow& row() const { return chunk->index[at]; }
  const ChunkPartition& partition() const { return chunk->partitions[row().partition]; }
  Bytes key() const { return Bytes(chunk->keys).sub(partition().key_offset, partition().key_size); }
  Bytes bytes() const { return Bytes(chunk->rows).sub(row().offset, row().size); }
};

// Targets come in the order of the statement, scanned partitions in that of the ring.
bool comes_before(const Cursor& a, const Cursor& b) {
  const ChunkPartition& left = a.partition();
  const ChunkPartition& right = b.partition();
  if (left.ordinal != right.ordinal) return left.ordinal < right.ordinal;
  if (left.token != right.token) return left.token < right.token;
  return compare(a.key(), b.key()) < 0;
}

class ChunkMerger {
 public:
  explicit ChunkMerger(std::span<const RowChunk* const> chunks) {
    for (const RowChunk* chunk : chunks) {
      cursors_.push_back({chunk, 0});
      all_exhausted_ &= chunk->exhausted;
    }
  }

  // The next row, or nullptr: none is left, or a chunk ran dry that may have more.
  const Cursor* next() {
    Cursor* first = nullptr;
    for (Cursor& cursor : cursors_) {
      if (cursor.at_end()) {
        if (!cursor.chunk->exhausted) return nullptr;
      } else if (!first || comes_before(cursor, *first)) {
        first = &cursor;
      }
    }
    if (!first) return nullptr;
    taken_ = *first;
    ++first->at;
    return &taken_;
  }

  bool may_have_more() const {
    if (!all_exhausted_) return true;
    return std::any_of(cursors_.begin(), cursors_.end(),
                       [](const Cursor& cursor) { return !cursor.at_end(); });
  }

 private:
  std::vector<Cursor> cursors_;
  Cursor taken_;
  bool all_exhausted_ = true;
};

// The value at `index` of an encoded row; null: negative size.
Value encoded_value(Bytes row, size_t index) {
  ByteReader in(row);
  bool null = false;
  Bytes value;
  for (size_t i = 0; i <= index; ++i) value = in.i32_bytes(&null);
  return null ? Value::null() : Value(value);
}

bool sorts_before(const Select& select, Bytes a, Bytes b) {
  for (const Ordering& ordering : select.ordering) {
    const Value left = encoded_value(a, ordering.selected);
    const Value right = encoded_value(b, ordering.selected);
    int order = 0;
    if (left.has_bytes() && right.has_bytes()) {
      const Type& type = *base_type(select.selection[ordering.selected].column->type);
      order = compare_values(type, left.bytes(), right.bytes());
    } else {
      order = static_cast<int>(left.has_bytes()) - static_cast<int>(right.has_bytes());
    }
    if (order != 0) return ordering.descending ? order > 0 : order < 0;
  }
  return false;
}

void merge_sorted(const BoundStatement& bound, ChunkMerger& merger, RowsWriter& writer) {
  const BoundSelect& select = bound.select();
  std::vector<Bytes> rows;
  while (const Cursor* row = merger.next()) rows.push_back(row->bytes());
  std::stable_sort(rows.begin(), rows.end(),
                   [&](Bytes a, Bytes b) { return sorts_before(*select.statement, a, b); });
  if (rows.size() > select.limit) rows.resize(select.limit);
  for (Bytes row : rows) ByteWriter(writer.target()).bytes(row);
  writer.finish(rows.size(), nullptr);
}

}  // namespace

void merge_chunks(const BoundStatement& bound, std::span<const RowChunk* const> chunks,
                  std::string& reply) {
  const BoundSelect& select = bound.select();
  const Select& statement = *select.statement;
  const size_t columns = statement.count ? 1 : statement.selection.size();
  RowsWriter writer(statement.metadata, columns, bound.options(), reply);
  if (statement.count) {
    uint64_t count = 0;
    for (const RowChunk* chunk : chunks) count += chunk->count;
    ByteWriter out(reply);
    out.i32(8);
    out.u64(count);
    return writer.finish(1, nullptr);
  }
  ChunkMerger merger(chunks);
  if (!statement.ordering.empty()) return merge_sorted(bound, merger, writer);
  const uint64_t wanted = std::min(select.page_rows, select.limit);
  uint64_t taken = 0;
  Cursor last;
  while (taken < wanted) {
    const Cursor* row = merger.next();
    if (!row) break;
    ByteWriter(reply).bytes(row->bytes());
    last = *row;
    ++taken;
  }
  const bool limit_reached = taken == select.limit;
  if (taken == 0 || limit_reached || !merger.may_have_more()) return writer.finish(taken, nullptr);
  PagingPosition position;
  position.key = last.key();
  position.inside = last.row().inside;
  position.encoded_clustering =
      Bytes(last.chunk->keys).sub(last.row().mark_offset, last.row().mark_size);
  position.remaining = select.limit == UINT64_MAX ? UINT64_MAX : select.limit - taken;
  position.remaining_in_partition = last.row().left_in_partition;
  writer.finish(taken, &position);
}

}  // namespace ceto
