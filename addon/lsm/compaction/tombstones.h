// When tombstones alone make an SSTable worth a compaction, and when all of one has expired. Pure;
// any thread. Source: org.apache.cassandra.db.compaction.AbstractCompactionStrategy
// (worthDroppingTombstones), CompactionController (getFullyExpiredSSTables),
// io.sstable.metadata.StatsMetadata (getEstimatedDroppableTombstoneRatio)
#pragma once

#include "lsm/compaction/choice.h"
#include "lsm/compaction/options.h"

namespace ceto {

// How many of them are due before the second; between two points their counts are taken to change
// evenly.
double droppable_before(const DropTimes& times, int64_t second);

// Of all cells, those that are tombstones which have served.
double droppable_ratio(const CandidateSSTable& sstable, int64_t gc_before_seconds);

// Whether a compaction of this one alone can be expected to make it notably smaller.
bool worth_dropping_tombstones(const CompactionView& view, size_t index,
                               const CommonCompactionOptions& options);

// Of `among`, those in which nothing lives any more and whose tombstones delete nothing elsewhere.
std::vector<size_t> fully_expired(const CompactionView& view, const std::vector<size_t>& among,
                                  const CommonCompactionOptions& options);

}  // namespace ceto
