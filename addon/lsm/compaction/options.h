// The options of compaction strategies by Cassandra's names. What does not parse keeps its default:
// the statement that set it was checked before (cql/schema/ddl/compaction.ts). Any thread.
// Source: org.apache.cassandra.db.compaction.AbstractCompactionStrategy
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ceto {

using CompactionOptions = std::map<std::string, std::string>;

void read_option(const CompactionOptions& options, const char* name, uint32_t& value);
void read_option(const CompactionOptions& options, const char* name, uint64_t& value);
void read_option(const CompactionOptions& options, const char* name, int64_t& value);
void read_option(const CompactionOptions& options, const char* name, double& value);
void read_option(const CompactionOptions& options, const char* name, bool& value);
// "100MiB", "1.5 GB", "0B".
void read_size_option(const CompactionOptions& options, const char* name, uint64_t& bytes);
// "0.333", "33.3%".
void read_percent_option(const CompactionOptions& options, const char* name, double& fraction);

// Those that every strategy has.
struct CommonCompactionOptions {
  bool enabled = true;
  uint32_t min_threshold = 4;
  uint32_t max_threshold = 32;
  double tombstone_threshold = 0.2;
  int64_t tombstone_compaction_interval_seconds = 86'400;
  bool unchecked_tombstone_compaction = false;
  bool only_purge_repaired_tombstones = false;
  int64_t expired_check_seconds = 600;
  // Expired SSTables go even if older data that they delete lies elsewhere.
  bool ignore_overlaps_of_expired = false;

  static CommonCompactionOptions from(const CompactionOptions& options);
};

// The class without its package; empty when none is named.
std::string_view strategy_name(const CompactionOptions& options);

}  // namespace ceto
