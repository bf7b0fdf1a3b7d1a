#include "lsm/sstable_outputs.h"

#include <algorithm>

#include "lsm/table_store.h"
#include "lsm/transaction_log.h"

namespace ceto {

namespace {

// Generations that are named in the log in one write when an output begins; more than that would
// name many that are never used.
constexpr uint64_t kMaxReserved = 64;

}  // namespace

SSTableOutputs::SSTableOutputs(StoreContext& context, TableStore& table, TableSchemaPtr schema,
                               SSTableWriterOptions options, OutputPolicy& policy,
                               TransactionLog* log)
    : context_(context),
      table_(table),
      schema_(std::move(schema)),
      options_(options),
      policy_(policy),
      log_(log) {
  const uint64_t outputs = policy.expected_outputs();
  CETO_ASSERT(outputs > 0);
  options_.expected_partitions = (options_.expected_partitions + outputs - 1) / outputs;
}

Task<Status> SSTableOutputs::start() {
  if (reserved_.empty()) {
    // Doubling, so that a log of many outputs is not written anew for each.
    const uint64_t made = made_.size();
    const uint64_t wanted = log_ == nullptr ? 1
                            : made == 0     ? std::min(policy_.expected_outputs(), kMaxReserved)
                                            : std::min(made, kMaxReserved);
    for (uint64_t i = 0; i < wanted; ++i) reserved_.push_back(table_.new_generation());
    std::vector<uint64_t> named(reserved_.begin(), reserved_.end());
    if (log_) CETO_CO_TRY(co_await log_->add(std::move(named)));
  }
  auto set = table_.new_set(reserved_.front());
  if (!set) co_return std::move(set.error());
  reserved_.pop_front();
  set_ = std::move(set.value());
  options_.level = policy_.next_level();
  writer_ = make_sstable_writer(context_.io, set_, schema_, options_);
  co_return Status{};
}

Task<Status> SSTableOutputs::next() {
  if (writer_) CETO_CO_TRY(co_await complete());
  co_return co_await start();
}

Task<Status> SSTableOutputs::complete() {
  CETO_CO_TRY(co_await writer_->finish());
  auto opened =
      co_await open_sstable(context_.io, context_.cache, set_, schema_, options_.background);
  if (!opened) co_return opened.error();
  complete_bytes_ += opened.value()->metadata().data_bytes;
  made_.push_back(std::move(opened.value()));
  writer_.reset();
  note_written();
  co_return Status{};
}

Task<Status> SSTableOutputs::finish() {
  if (writer_) co_return co_await complete();
  co_return Status{};
}

Status SSTableOutputs::abandon() {
  std::vector<uint64_t> generations;
  if (writer_) {
    writer_->abandon();
    writer_.reset();
    generations.push_back(set_.generation);
  }
  for (SSTablePtr& made : made_) {
    generations.push_back(made->descriptor().generation);
    made->mark_obsolete();
    made.reset();
  }
  made_.clear();
  if (generations.empty()) return {};
  Status removed = remove_sets(context_.io, table_.directory(), generations);
  // Without a log nothing but the table knows that they do not count, should they come back.
  if (!removed && log_ == nullptr) table_.note_unlisted(generations);
  return removed;
}

std::vector<SSTablePtr> SSTableOutputs::take() {
  CETO_ASSERT(writer_ == nullptr);
  return std::exchange(made_, {});
}

}  // namespace ceto
