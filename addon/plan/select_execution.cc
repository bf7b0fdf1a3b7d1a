#include "plan/select_execution.h"

#include <algorithm>

#include "base/byte_io.h"
#include "plan/filters.h"
#include "plan/read_failure.h"
#include "plan/restrictions.h"
#include "schema/partition_key.h"

namespace ceto {

namespace {

// A reference without a share: the plan keeps the schema alive, and its count is not touched per
// read.
TableSchemaPtr borrowed(const TableSchemaPtr& table) {
  return TableSchemaPtr(TableSchemaPtr(), table.get());
}

bool sorts(const BoundStatement& bound) { return !bound.select().statement->ordering.empty(); }

}  // namespace

SelectExecution::SelectExecution(PlanServices& services, const BoundStatement& bound,
                                 std::string* reply, RowChunk* chunk)
    : services_(services),
      bound_(bound),
      select_(bound.select()),
      statement_(*select_.statement),
      rows_to_(chunk          ? &chunk->rows
               : sorts(bound) ? &sorted_.rows
                              : reply),
      chunk_(chunk          ? chunk
             : sorts(bound) ? &sorted_
                            : nullptr),
      reply_(reply),
      arena_(services) {
  CETO_ASSERT((reply == nullptr) != (chunk == nullptr));
  command_.table = borrowed(statement_.table);
  command_.slices = select_.slices;
  command_.reversed = statement_.reversed;
  command_.columns = statement_.columns;
  command_.now_seconds = bound.now_seconds();
  source_.now_seconds = bound.now_seconds();
  key_components_ = arena_->make_array<Bytes>(statement_.table->partition_key.size());
  source_.key = key_components_;
  wanted_ = sorts(bound) ? UINT64_MAX : std::min(select_.page_rows, select_.limit);
  range_ = bound.token_range();
  encoder_.emplace(statement_, *arena_);
  if (!chunk_) {
    const size_t columns = statement_.count ? 1 : statement_.selection.size();
    writer_.emplace(statement_.metadata, columns, bound.options(), *reply);
  }
  if (select_.resume.given) prepare_resume();
  const bool nothing = select_.no_rows || (!bound.is_scan() && bound.targets().empty());
  if (nothing) phase_ = Phase::kFinished;
  exhausted_ = nothing;
}

void SelectExecution::prepare_resume() {
  const PagingPosition& resume = select_.resume;
  if (resume.inside) {
    resume_command_ = command_;
    resume_command_.slices = slices_after(*statement_.table, select_.slices, resume.clustering,
                                          statement_.reversed, *arena_);
    resume_partition_ = !resume_command_.slices.empty();
    resume_key_ = resume.key;
  }
  if (bound_.is_scan()) return prepare_scan(resume);
  const std::span<const Target> targets = bound_.targets();
  while (target_ < targets.size() && targets[target_].key != resume.key) ++target_;
  // A key that is not among them belongs to another statement's page: nothing is left here.
  if (target_ < targets.size() && !resume_partition_) ++target_;
}

void SelectExecution::prepare_scan(const PagingPosition& resume) {
  const Token token = token_of(resume.key);
  resume_partition_ &= services_.owns(token) && range_.first <= token && token <= range_.last;
  if (token < range_.first) return;
  range_.first = token;
  range_.from_key = resume.key;
  range_.after_key = true;
}

Progress SelectExecution::run() {
  for (size_t steps = 0; phase_ != Phase::kFinished; ++steps) {
    if (steps == kStepsPerRun) return Progress::kYield;
    const Step step = phase_ == Phase::kNextPartition ? next_partition() : next_row();
    if (step == Step::kWait) return Progress::kWait;
    if (step == Step::kError) {
      const bool scanning = phase_ == Phase::kNextPartition && !reader_ && scanner_;
      return fail_reading(scanning ? scanner_->error() : (rows_ ? rows_ : reader_.get())->error());
    }
    if (step == Step::kEnd) {
      exhausted_ = true;
      break;
    }
    if (over_tombstone_limit()) return fail_reading(tombstones_error());
    if (rows_to_->size() > kMaxResultBytes) {
      return fail_reading(invalid_request("The result is too large; use paging"));
    }
  }
  return finish();
}

Task<void> SelectExecution::wait() {
  if (phase_ == Phase::kNextPartition) {
    if (reader_) return reader_->wait();
    CETO_ASSERT(scanner_);
    return scanner_->wait();
  }
  return rows_->wait();
}

Step SelectExecution::next_partition() { return bound_.is_scan() ? next_scanned() : next_target(); }

// kReady: the partition is open; kEnd: there is no such partition.
Step SelectExecution::open_reader(const ReadCommand& command, Token token, Bytes key) {
  if (!reader_) reader_ = services_.store().read(command, token, key);
  const Step step = reader_->open();
  if (step == Step::kReady) rows_ = reader_.get();
  return step;
}

Step SelectExecution::next_target() {
  const std::span<const Target> targets = bound_.targets();
  for (; target_ < targets.size(); ++target_) {
    const Target& target = targets[target_];
    if (!services_.owns(target.token)) continue;
    const bool resumed = resume_partition_ && target.key == resume_key_;
    const Step step = open_reader(resumed ? resume_command_ : command_, target.token, target.key);
    if (step == Step::kWait || step == Step::kError) return step;
    if (step == Step::kReady) {
      enter_partition(target.token, target.key, static_cast<uint32_t>(target_), resumed);
      return step;
    }
    tombstones_before_ += reader_->tombstones_scanned();
    reader_.reset();
  }
  return Step::kEnd;
}

Step SelectExecution::next_scanned() {
  if (resume_partition_) {
    const Token token = token_of(resume_key_);
    const Step step = open_reader(resume_command_, token, resume_key_);
    if (step == Step::kWait || step == Step::kError) return step;
    resume_partition_ = false;
    if (step == Step::kReady) {
      enter_partition(token, resume_key_, 0, true);
      return step;
    }
    reader_.reset();
  }
  if (!scanner_) scanner_ = services_.store().scan(command_, range_);
  const Step step = scanner_->next_partition();
  if (step != Step::kReady) return step;
  rows_ = &scanner_->rows();
  enter_partition(scanner_->token(), scanner_->key(), 0, false);
  return step;
}

void SelectExecution::enter_partition(Token token, Bytes key, uint32_t ordinal, bool resumed) {
  token_ = token;
  key_ = key;
  ordinal_ = ordinal;
  resumed_ = resumed;
  rows_seen_ = false;
  in_chunk_ = false;
  phase_ = Phase::kRows;
  partition_left_ = resumed ? select_.resume.remaining_in_partition : select_.per_partition_limit;
  if (statement_.single_rows) partition_left_ = 1;
  if (statement_.reads_key) {
    const Status split = split_partition_key(key, key_components_);
    CETO_ASSERT(split.ok());
  }
  source_.row = nullptr;
  source_.static_row = rows_->static_row();
  if (!statement_.filters.empty() &&
      !partition_filters_match(statement_.filters, *select_.environment, source_)) {
    partition_left_ = 0;
  }
}

Step SelectExecution::next_row() {
  if (partition_left_ == 0) {
    end_partition();
    return Step::kReady;
  }
  const Step step = rows_->next();
  if (step == Step::kWait || step == Step::kError) return step;
  if (step == Step::kEnd) {
    const bool static_only = !rows_seen_ && !resumed_ && source_.static_row &&
                             statement_.static_only_partitions && !statement_.row_filters;
    if (static_only) emit(nullptr);
    if (phase_ != Phase::kFinished) end_partition();
    return Step::kReady;
  }
  rows_seen_ = true;
  const Row& row = rows_->row();
  source_.row = &row;
  if (statement_.row_filters &&
      !row_filters_match(statement_.filters, *select_.environment, source_)) {
    return Step::kReady;
  }
  emit(&row);
  return Step::kReady;
}

void SelectExecution::end_partition() {
  tombstones_before_ += rows_->tombstones_scanned();
  // The rows seen last go with the reader: what is left of the source is the key.
  source_.row = nullptr;
  source_.static_row = nullptr;
  rows_ = nullptr;
  reader_.reset();
  if (!bound_.is_scan()) ++target_;
  phase_ = Phase::kNextPartition;
}

// One row of the result; it ends the run when the page is full. The reader stays open then, so that
// the paging state can be written from the row itself.
void SelectExecution::emit(const Row* row) {
  source_.row = row;
  ++emitted_;
  if (partition_left_ != UINT64_MAX) --partition_left_;
  if (!row) partition_left_ = 0;
  if (!statement_.count) {
    const size_t offset = rows_to_->size();
    encoder_->append(source_, *rows_to_);
    if (chunk_) {
      note_in_chunk(row);
      chunk_->index.back().offset = static_cast<uint32_t>(offset);
      chunk_->index.back().size = static_cast<uint32_t>(rows_to_->size() - offset);
    }
  }
  if (emitted_ == wanted_) phase_ = Phase::kFinished;
}

void SelectExecution::note_in_chunk(const Row* row) {
  if (!in_chunk_) {
    ChunkPartition partition;
    partition.token = token_;
    partition.ordinal = ordinal_;
    partition.key_offset = static_cast<uint32_t>(chunk_->keys.size());
    partition.key_size = static_cast<uint32_t>(key_.size());
    chunk_->keys.append(key_.text());
    chunk_->partitions.push_back(partition);
    in_chunk_ = true;
  }
  ChunkRow entry;
  entry.partition = static_cast<uint32_t>(chunk_->partitions.size() - 1);
  entry.left_in_partition = partition_left_;
  entry.inside = partition_left_ > 0 && row && !row->clustering.empty();
  if (entry.inside && select_.page_rows != UINT64_MAX) {
    entry.mark_offset = static_cast<uint32_t>(chunk_->keys.size());
    append_clustering(row->clustering, chunk_->keys);
    entry.mark_size = static_cast<uint32_t>(chunk_->keys.size()) - entry.mark_offset;
  }
  chunk_->index.push_back(entry);
}

bool SelectExecution::over_tombstone_limit() const {
  const uint64_t here = rows_ ? rows_->tombstones_scanned() : 0;
  return tombstones_before_ + here > services_.config().tombstone_failure_threshold;
}

Progress SelectExecution::finish() {
  stats_.live_rows = emitted_;
  stats_.tombstones = tombstones_before_ + (rows_ ? rows_->tombstones_scanned() : 0);
  stats_.tombstone_warning = stats_.tombstones > services_.config().tombstone_warn_threshold;
  stats_.last_token = token_;
  if (chunk_) {
    chunk_->exhausted = exhausted_;
    chunk_->count = statement_.count ? emitted_ : 0;
    if (chunk_ != &sorted_) return Progress::kDone;
    const RowChunk* const chunks[] = {&sorted_};
    merge_chunks(bound_, chunks, *reply_);
    return Progress::kDone;
  }
  if (statement_.count) {
    ByteWriter out(*reply_);
    out.i32(8);
    out.u64(emitted_);
    writer_->finish(1, nullptr);
    return Progress::kDone;
  }
  PagingPosition next;
  next.key = key_;
  next.inside = partition_left_ > 0 && source_.row && !source_.row->clustering.empty();
  const bool more = !exhausted_ && emitted_ < select_.limit && (next.inside || !last_target());
  if (next.inside) next.clustering = source_.row->clustering;
  next.remaining = select_.limit == UINT64_MAX ? UINT64_MAX : select_.limit - emitted_;
  next.remaining_in_partition = partition_left_;
  writer_->finish(emitted_, more ? &next : nullptr);
  return Progress::kDone;
}

Progress SelectExecution::fail_reading(const Error& error) {
  Error kept = told_error(services_, bound_, error);
  if (writer_) writer_->abandon();
  phase_ = Phase::kFinished;
  return fail(std::move(kept));
}

Error SelectExecution::tombstones_error() const {
  return read_failure(services_, bound_, ReadFailureReason::kTooManyTombstones);
}

}  // namespace ceto
