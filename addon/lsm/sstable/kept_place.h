// KeptPlace: a place in a partition (a clustering or a bound) whose bytes stay when what it was
// read from has gone. Shard thread only.
#pragma once

#include <string>

#include "lsm/sstable/unfiltered_reader.h"

namespace ceto {

struct KeptPlace {
  bool known = false;
  Prefix prefix;

  void keep(const Prefix& from) {
    known = true;
    prefix.kind = from.kind;
    storage_.clear();
    for (const Bytes value : from.values) storage_ += value.text();
    prefix.values.clear();
    size_t at = 0;
    for (const Bytes value : from.values) {
      prefix.values.push_back(value.data() == nullptr ? Bytes()
                                                      : Bytes(storage_).sub(at, value.size()));
      at += value.size();
    }
  }
  KeptPlace() = default;
  KeptPlace(const KeptPlace&) = delete;  // the prefix points into the storage

 private:
  std::string storage_;
};

// Markers are their bounds, a row lies between its own.
inline int compare_places(const TableSchema& schema, const Prefix& a, const Prefix& b) {
  if (!a.is_clustering()) {
    if (!b.is_clustering()) return compare_bounds(schema, a.bound(), b.bound());
    return -compare_to_bound(schema, b.values, a.bound());
  }
  if (!b.is_clustering()) return compare_to_bound(schema, a.values, b.bound());
  return compare_clustering(schema, a.values, b.values);
}

}  // namespace ceto
