#include "lsm/row_cache_source.h"

namespace ceto {

void CacheBuilder::begin(const DeletionTime& deletion, const Row* static_row) {
  update_.table = &schema_;
  update_.token = place_.token;
  update_.key = place_.key;
  update_.deletion = deletion;
  if (static_row) update_.static_row = copy_row(*static_row, buffers_->arena);
}

bool CacheBuilder::add(const Unfiltered& unfiltered) {
  Arena& arena = buffers_->arena;
  if (unfiltered.is_marker) {
    const RangeMarker& marker = unfiltered.marker;
    if (!marker.before.live()) {
      open_.slice.end = copy_bound(marker.bound, arena);
      buffers_->ranges.push_back(open_);
    }
    if (!marker.after.live()) {
      open_.slice.start = copy_bound(marker.bound, arena);
      open_.deletion = marker.after;
    }
  } else {
    buffers_->rows.push_back(*copy_row(unfiltered.row, arena));
  }
  return arena.used_bytes() <= place_.max_bytes && buffers_->rows.size() <= place_.max_rows;
}

void CacheBuilder::finish() {
  update_.rows = buffers_->rows;
  update_.range_tombstones = buffers_->ranges;
  place_.cache->insert(place_.table, place_.epoch, schema_, update_);
}

Step CacheFill::open() {
  const Step step = source_->open();
  if (step == Step::kReady) builder_->begin(source_->partition_deletion(), source_->static_row());
  return step;
}

Step CacheFill::next() {
  const Step step = source_->next();
  if (!builder_) return step;
  if (step == Step::kReady && !builder_->add(source_->current())) {
    builder_.reset();
  } else if (step == Step::kEnd || (step == Step::kReady && single_row_)) {
    builder_->finish();
    builder_.reset();
  }
  return step;
}

Step CacheLoad::open() {
  while (stage_ != Stage::kPart) {
    const Step step = load();
    if (step != Step::kReady) return step;
  }
  return source_->open();
}

// kReady: something was read, or the part is there to be opened.
Step CacheLoad::load() {
  if (stage_ == Stage::kHead) {
    const Step step = source_->open();
    if (step != Step::kReady) return step;
    builder_->begin(source_->partition_deletion(), source_->static_row());
    stage_ = Stage::kRows;
    return Step::kReady;
  }
  const Step step = source_->next();
  if (step == Step::kWait || step == Step::kError) return step;
  if (step == Step::kEnd) {
    builder_->finish();
    return serve();
  }
  if (builder_->add(source_->current())) return Step::kReady;
  place_.cache->note_large(place_.table, place_.token);
  return serve();
}

Step CacheLoad::serve() {
  stage_ = Stage::kPart;
  builder_.reset();
  // Just put there, unless the cache has no room at all.
  RowCache::Entry* entry = place_.cache->find(place_.table, place_.token, place_.key);
  if (entry == nullptr || entry->epoch != place_.epoch) {
    source_ = part_();
    return Step::kReady;
  }
  auto cached = std::make_unique<MemtablePartitionSource>();
  cached->start(entry->content, *entry->partition, command_);
  source_ = std::move(cached);
  return Step::kReady;
}

}  // namespace ceto
