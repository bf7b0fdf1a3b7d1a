#include "lsm/mutation_codec.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/byte_io.h"

namespace ceto {

namespace {

enum UpdateFlag : uint8_t {
  kPartitionDeletion = 1,
  kStaticRow = 2,
  kRows = 4,
  kRangeTombstones = 8,
};
enum RowFlag : uint8_t { kLiveness = 1, kRowTtl = 2, kRowDeletion = 4, kComplex = 8 };
enum CellFlag : uint8_t { kSameTimestamp = 1, kTtl = 2, kDeletionTime = 4, kPath = 8 };

constexpr size_t kMaxVint = 9;
constexpr size_t kDeletionBytes = 12;

// --- sizes
// ------------------------------------------------------------------------------------------

size_t max_clustering_bytes(Clustering clustering) {
  size_t size = kMaxVint;
  for (const Bytes& component : clustering) size += kMaxVint + component.size();
  return size;
}

size_t max_row_bytes(const Row& row) {
  size_t size = max_clustering_bytes(row.clustering) + 1 + 16 + kDeletionBytes + 2 * kMaxVint;
  for (const Cell& cell : row.cells) {
    size += 1 + 3 + 16 + 2 * kMaxVint + cell.value.size() + cell.path.size();
  }
  return size + row.complex.size() * (3 + kDeletionBytes);
}

// --- writing
// ----------------------------------------------------------------------------------------

// Fixed-width integers are little-endian, as they lie in memory.
static_assert(std::endian::native == std::endian::little);

class Encoder {
 public:
  explicit Encoder(uint8_t* to) : to_(to) {}
  uint8_t* position() const { return to_; }

  void u8(uint8_t v) { *to_++ = v; }
  template <class T>
  void fixed(T v) {
    std::memcpy(to_, &v, sizeof(T));
    to_ += sizeof(T);
  }
  void vint(uint64_t v) {
    if (v < 0x80) {
      *to_++ = static_cast<uint8_t>(v);
    } else {
      to_ += store_unsigned_vint(to_, v);
    }
  }
  void bytes(const uint8_t* from, size_t size) {
    std::memcpy(to_, from, size);
    to_ += size;
  }
  void run(Bytes v) {
    vint(v.size());
    if (!v.empty()) bytes(v.data(), v.size());
  }
  // The length plus one; 0 is a null component.
  void clustering(Clustering clustering) {
    vint(clustering.size());
    for (const Bytes& component : clustering) {
      vint(component.data() == nullptr ? 0 : component.size() + 1);
      if (!component.empty()) bytes(component.data(), component.size());
    }
  }
  void deletion(const DeletionTime& deletion) {
    fixed(deletion.marked_for_delete_at);
    fixed(deletion.local_deletion_time);
  }
  void cell(const Cell& cell, int64_t& timestamp) {
    uint8_t* const flags = to_++;
    *flags = 0;
    vint(cell.column);
    if (cell.timestamp == timestamp) {
      *flags |= kSameTimestamp;
    } else {
      fixed(timestamp = cell.timestamp);
    }
    if (cell.ttl != kNoTtl) {
      *flags |= kTtl;
      fixed(cell.ttl);
    }
    if (cell.local_deletion_time != kNoDeletionTime) {
      *flags |= kDeletionTime;
      fixed(cell.local_deletion_time);
    }
    if (!cell.path.empty()) {
      *flags |= kPath;
      run(cell.path);
    }
    run(cell.value);
  }
  void row(const Row& row) {
    clustering(row.clustering);
    uint8_t* const flags = to_++;
    *flags = 0;
    int64_t timestamp = kNoTimestamp;
    if (!row.liveness.empty()) {
      *flags |= kLiveness;
      fixed(timestamp = row.liveness.timestamp);
      if (row.liveness.ttl != kNoTtl) {
        *flags |= kRowTtl;
        fixed(row.liveness.ttl);
        fixed(row.liveness.local_deletion_time);
      }
    }
    if (!row.deletion.live()) {
      *flags |= kRowDeletion;
      deletion(row.deletion);
    }
    if (!row.complex.empty()) {
      *flags |= kComplex;
      vint(row.complex.size());
      for (const ComplexDeletion& complex : row.complex) {
        vint(complex.column);
        deletion(complex.deletion);
      }
    }
    vint(row.cells.size());
    for (const Cell& one : row.cells) cell(one, timestamp);
  }
  void bound(const Bound& bound) {
    u8(bound.after ? 1 : 0);
    clustering(bound.prefix);
  }

 private:
  uint8_t* to_;
};

// --- reading
// ----------------------------------------------------------------------------------------

class Decoder {
 public:
  Decoder(Bytes from, Arena& arena) : in_(from), arena_(arena) {}

  bool failed() const { return in_.failed(); }
  bool at_end() const { return in_.at_end(); }
  uint8_t u8() { return in_.u8(); }
  template <class T>
  T fixed() {
    T v{};
    const Bytes from = in_.bytes(sizeof(T));
    if (from.size() == sizeof(T)) std::memcpy(&v, from.data(), sizeof(T));
    return v;
  }
  // A count of things that take at least a byte each, so no more than what is left.
  size_t count() {
    const uint64_t n = in_.unsigned_vint();
    if (n > in_.remaining()) in_.fail();
    return in_.failed() ? 0 : static_cast<size_t>(n);
  }
  // Never null: an empty run lies in the record.
  Bytes run() { return in_.vint_bytes(); }
  Bytes raw(size_t size) { return in_.bytes(size); }
  ColumnId column() {
    const uint64_t id = in_.unsigned_vint();
    if (id >= kMaxColumns) in_.fail();
    return static_cast<ColumnId>(id);
  }
  Clustering clustering() {
    const std::span<Bytes> out = arena_.make_array<Bytes>(count());
    for (Bytes& component : out) {
      const uint64_t size = in_.unsigned_vint();
      if (size > 0) component = in_.bytes(static_cast<size_t>(size - 1));
    }
    return out;
  }
  DeletionTime deletion() {
    DeletionTime out;
    out.marked_for_delete_at = fixed<int64_t>();
    out.local_deletion_time = fixed<uint32_t>();
    return out;
  }
  void cell(Cell& out, int64_t& timestamp) {
    const uint8_t flags = u8();
    out.column = column();
    if ((flags & kSameTimestamp) == 0) timestamp = fixed<int64_t>();
    out.timestamp = timestamp;
    if (flags & kTtl) out.ttl = fixed<uint32_t>();
    if (flags & kDeletionTime) out.local_deletion_time = fixed<uint32_t>();
    if (flags & kPath) out.path = run();
    out.value = run();
  }
  void row(Row& out) {
    out.clustering = clustering();
    const uint8_t flags = u8();
    int64_t timestamp = kNoTimestamp;
    if (flags & kLiveness) out.liveness.timestamp = timestamp = fixed<int64_t>();
    if (flags & kRowTtl) {
      out.liveness.ttl = fixed<uint32_t>();
      out.liveness.local_deletion_time = fixed<uint32_t>();
    }
    if (flags & kRowDeletion) out.deletion = deletion();
    if (flags & kComplex) {
      const std::span<ComplexDeletion> complex = arena_.make_array<ComplexDeletion>(count());
      for (ComplexDeletion& one : complex) {
        one.column = column();
        one.deletion = deletion();
      }
      out.complex = complex;
    }
    const std::span<Cell> cells = arena_.make_array<Cell>(count());
    for (Cell& one : cells) cell(one, timestamp);
    out.cells = cells;
  }
  Bound bound() {
    const bool after = u8() != 0;
    return {clustering(), after};
  }
  void update(LoggedUpdate& out) {
    const Bytes table = in_.bytes(out.table.size());
    if (in_.failed()) return;
    std::memcpy(out.table.data(), table.data(), out.table.size());
    out.update.token.value = fixed<int64_t>();
    out.update.key = run();
    const uint8_t flags = u8();
    if (flags & kPartitionDeletion) out.update.deletion = deletion();
    if (flags & kStaticRow) {
      Row* statics = arena_.make<Row>();
      row(*statics);
      out.update.static_row = statics;
    }
    if (flags & kRows) {
      const std::span<Row> rows = arena_.make_array<Row>(count());
      for (Row& one : rows) row(one);
      out.update.rows = rows;
    }
    if (flags & kRangeTombstones) {
      const std::span<RangeTombstone> ranges = arena_.make_array<RangeTombstone>(count());
      for (RangeTombstone& one : ranges) {
        one.slice.start = bound();
        one.slice.end = bound();
        one.deletion = deletion();
      }
      out.update.range_tombstones = ranges;
    }
  }

 private:
  ByteReader in_;
  Arena& arena_;
};

}  // namespace

size_t max_mutation_bytes(std::span<const PartitionUpdate> updates) {
  size_t size = kMaxVint;
  for (const PartitionUpdate& update : updates) {
    size += sizeof(TableId) + 8 + kMaxVint + update.key.size() + 1 + kDeletionBytes + 2 * kMaxVint;
    if (update.static_row) size += max_row_bytes(*update.static_row);
    for (const Row& row : update.rows) size += max_row_bytes(row);
    for (const RangeTombstone& range : update.range_tombstones) {
      size += max_clustering_bytes(range.slice.start.prefix) +
              max_clustering_bytes(range.slice.end.prefix) + 2 + kDeletionBytes;
    }
  }
  return size;
}

uint8_t* encode_mutation(std::span<const PartitionUpdate> updates, uint8_t* to) {
  Encoder out(to);
  out.vint(updates.size());
  for (const PartitionUpdate& update : updates) {
    out.bytes(update.table->id.data(), update.table->id.size());
    out.fixed(update.token.value);
    out.run(update.key);
    const bool deleted = !update.deletion.live();
    out.u8(static_cast<uint8_t>((deleted ? kPartitionDeletion : 0) |
                                (update.static_row ? kStaticRow : 0) |
                                (update.rows.empty() ? 0 : kRows) |
                                (update.range_tombstones.empty() ? 0 : kRangeTombstones)));
    if (deleted) out.deletion(update.deletion);
    if (update.static_row) out.row(*update.static_row);
    if (!update.rows.empty()) {
      out.vint(update.rows.size());
      for (const Row& row : update.rows) out.row(row);
    }
    if (!update.range_tombstones.empty()) {
      out.vint(update.range_tombstones.size());
      for (const RangeTombstone& range : update.range_tombstones) {
        out.bound(range.slice.start);
        out.bound(range.slice.end);
        out.deletion(range.deletion);
      }
    }
  }
  return out.position();
}

Result<std::span<LoggedUpdate>> decode_mutation(Bytes record, Arena& arena) {
  Decoder in(record, arena);
  const std::span<LoggedUpdate> updates = arena.make_array<LoggedUpdate>(in.count());
  for (LoggedUpdate& update : updates) {
    in.update(update);
    if (in.failed()) break;
  }
  if (in.failed() || !in.at_end()) return corrupt("a commit-log record is no mutation");
  return updates;
}

int64_t max_timestamp(const PartitionUpdate& update) {
  int64_t latest = update.deletion.live() ? INT64_MIN : update.deletion.marked_for_delete_at;
  const auto add = [&latest](int64_t timestamp) { latest = std::max(latest, timestamp); };
  const auto add_row = [&](const Row& row) {
    if (!row.liveness.empty()) add(row.liveness.timestamp);
    if (!row.deletion.live()) add(row.deletion.marked_for_delete_at);
    for (const ComplexDeletion& complex : row.complex) add(complex.deletion.marked_for_delete_at);
    for (const Cell& cell : row.cells) add(cell.timestamp);
  };
  if (update.static_row) add_row(*update.static_row);
  for (const Row& row : update.rows) add_row(row);
  for (const RangeTombstone& range : update.range_tombstones) {
    add(range.deletion.marked_for_delete_at);
  }
  return latest;
}

}  // namespace ceto
