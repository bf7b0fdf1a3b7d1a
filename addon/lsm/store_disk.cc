// What a store does while its disk does not: refuses writes, tries again, and tells who watches.
#include <algorithm>

#include "lsm/store_impl.h"

namespace ceto {

const Error* StoreImpl::write_refusal() const {
  if (const Error* const failed = context_.log.failure()) return failed;
  return context_.disk.flush_error();
}

// A flush writes new files each time, so that nothing of a failed one is relied on.
void StoreImpl::note_flush(const Status& done) {
  if (done) {
    flush_backoff_micros_ = kFirstRetryMicros;
    context_.disk.flushed();
    return;
  }
  flush_retry_micros_ = context_.clock.monotonic_micros() + flush_backoff_micros_;
  flush_backoff_micros_ = std::min(2 * flush_backoff_micros_, kLastFlushRetryMicros);
  if (DiskWatch::of_disk(done.error())) context_.disk.flush_failed(done.error());
}

DiskNews StoreImpl::take_disk_news() {
  DiskNews news = context_.disk.take();
  if (const Error* const refused = write_refusal()) {
    news.read_only = true;
    news.reason = refused->message;
  }
  const Error* const last = context_.log.last_error();
  if (last && last->code != ErrorCode::kDiskFull) {
    news.commitlog = {context_.log.failures(), last->message};
  }
  for (SegmentFile& file : context_.log.to_archive(kMaxSegmentsToArchive)) {
    news.to_archive.push_back({file.id, std::move(file.path)});
  }
  return news;
}

Task<void> StoreImpl::await_disk_news(uint64_t version) { return context_.disk.await(version); }

void StoreImpl::segment_archived(uint64_t id) {
  context_.log.archived(id);
  discard_log();
  context_.disk.changed();
}

}  // namespace ceto
