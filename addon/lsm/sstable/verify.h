// verify_sstable: whether the files of a set are what they were when they were written. Every
// component is opened from disk and held against its checksums, and Data.db against its digest; the
// extended check walks each row and holds the index, the filter, the summary and the statistics
// against the data. Nothing comes from the shard's caches. Shard thread only. Source:
// org.apache.cassandra.io.sstable.format.SortedTableVerifier
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/io.h"
#include "lsm/sstable/sstable.h"
#include "lsm/work_pace.h"

namespace ceto {

struct VerifyOptions {
  bool extended = false;
  // Only the components that are small: no byte of Data.db.
  bool quick = false;
  // Set, with `extended`: keys for whose token it says false are a finding.
  std::function<bool(Token)> owned = {};
};

struct VerifyReport {
  // More are counted, not kept: a file that lost its middle has as many as chunks.
  static constexpr size_t kMaxProblems = 16;
  std::vector<std::string> problems;  // each names file and offset
  uint64_t problem_count = 0;
  uint64_t partitions = 0, rows = 0;  // of an extended check
  bool good() const { return problem_count == 0; }
  void add(const Error& error) {
    if (++problem_count <= kMaxProblems) problems.push_back(error.message);
  }
  void merge(const VerifyReport& other) {
    for (const std::string& problem : other.problems) {
      if (problems.size() < kMaxProblems) problems.push_back(problem);
    }
    problem_count += other.problem_count;
    partitions += other.partitions;
    rows += other.rows;
  }
};

// What is wrong with the files stands in the report; the result fails only when `pace` stops it.
Task<Result<VerifyReport>> verify_sstable(Io& io, SSTableDescriptor descriptor,
                                          TableSchemaPtr schema, VerifyOptions options,
                                          WorkPace pace);

}  // namespace ceto
