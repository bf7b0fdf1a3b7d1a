#include "lsm/sstable/verify.h"

#include "lsm/sstable/data_check.h"
#include "lsm/sstable/file_writer.h"

namespace ceto {

namespace {

// The walk goes forwards: what it holds are the chunks under its three cursors.
constexpr uint64_t kCacheBytes = 1u << 20;
constexpr uint64_t kMaxTocBytes = 1u << 16;

class Verifier {
 public:
  Verifier(Io& io, SSTableDescriptor descriptor, TableSchemaPtr schema,
           const VerifyOptions& options, WorkPace pace)
      : io_(io),
        cache_(kCacheBytes),
        table_(std::make_shared<SSTableImpl>(io, cache_, std::move(descriptor), schema)),
        options_(options),
        pace_(pace) {}

  Task<Result<VerifyReport>> run() {
    std::vector<Error> damage;
    Status opened = co_await table_->open(&pace_.background, &damage);
    for (const Error& error : damage) report_.add(error);
    if (!opened) {
      report_.add(opened.error());
      co_return std::move(report_);
    }
    const Status listed = co_await check_contents();
    if (!listed) report_.add(listed.error());
    CETO_CO_TRY(co_await check_index());
    if (!options_.quick) CETO_CO_TRY(co_await check_data());
    // A walk over bytes that are known to be damaged says nothing new.
    if (options_.extended && report_.good()) CETO_CO_TRY(co_await walk());
    co_return std::move(report_);
  }

 private:
  // Every file that the table of contents names is there.
  Task<Status> check_contents() {
    const std::string path = table_->descriptor().path("TOC.txt");
    auto content = co_await read_whole_file(io_, path, kMaxTocBytes);
    if (!content) co_return content.error();
    std::string_view left = content.value();
    while (!left.empty()) {
      const size_t end = left.find('\n');
      const std::string_view name = left.substr(0, end);
      left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
      if (name.empty()) continue;
      const std::string component = table_->descriptor().path(name);
      const auto there = io_.exists(component);
      if (!there) co_return there.error();
      if (!there.value()) co_return corrupt(component + ": is named in TOC.txt but missing");
    }
    co_return Status{};
  }

  // False: the work was stopped. Errors of the disk are findings.
  Status took(std::vector<Error>& damaged, const Result<uint32_t>& crc) {
    for (const Error& error : damaged) report_.add(error);
    if (crc.ok()) return {};
    if (crc.error().code == ErrorCode::kShuttingDown) return crc.error();
    report_.add(crc.error());
    return {};
  }

  Task<Status> check_index() {
    std::vector<Error> damaged;
    const auto crc = co_await table_->index().check_stored(pace_, damaged);
    co_return took(damaged, crc);
  }

  Task<Status> check_data() {
    std::vector<Error> damaged;
    const auto crc = co_await table_->data().check_stored(pace_, damaged);
    CETO_CO_TRY(took(damaged, crc));
    const auto digest = table_->checksums().data_digest();
    if (crc.ok() && damaged.empty() && digest && *digest != crc.value()) {
      report_.add(corrupt(table_->data().path() +
                          ": Digest.crc32 does not match the file's bytes from offset 0"));
    }
    co_return Status{};
  }

  Task<Status> walk() {
    DataCheck check(*table_, options_.owned, pace_);
    Status walked = co_await check.run(report_);
    if (!walked) {
      if (walked.error().code == ErrorCode::kShuttingDown) co_return walked;
      report_.add(walked.error());
    }
    co_return Status{};
  }

  Io& io_;
  ChunkCache cache_;
  std::shared_ptr<SSTableImpl> table_;
  VerifyOptions options_;
  WorkPace pace_;
  VerifyReport report_;
};

}  // namespace

Task<Result<VerifyReport>> verify_sstable(Io& io, SSTableDescriptor descriptor,
                                          TableSchemaPtr schema, VerifyOptions options,
                                          WorkPace pace) {
  Verifier verifier(io, std::move(descriptor), std::move(schema), options, pace);
  co_return co_await verifier.run();
}

}  // namespace ceto
