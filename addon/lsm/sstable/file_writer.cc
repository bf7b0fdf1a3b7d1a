#include "lsm/sstable/file_writer.h"

#include <algorithm>
#include <cstring>

namespace ceto {

namespace {

// Several requests in flight, one coroutine that waits for all of them.
class WriteGroup {
 public:
  explicit WriteGroup(size_t count) : requests_(count) {}
  IoRequest& operator[](size_t i) { return requests_[i]; }
  void submit(Io& io) {
    pending_ = requests_.size();
    for (IoRequest& request : requests_) {
      request.context = this;
      request.on_complete = [](IoRequest& done) {
        auto* group = static_cast<WriteGroup*>(done.context);
        if (--group->pending_ == 0) group->all_done.wake();
      };
    }
    for (IoRequest& request : requests_) io.submit(request);
  }
  Waiter all_done;

 private:
  std::vector<IoRequest> requests_;
  size_t pending_ = 0;
};

}  // namespace

Status FileWriter::create(const std::string& path) {
  CETO_ASSERT(!is_open());
  auto opened = io_.open(path, Io::Open::kCreate);
  if (!opened) return std::move(opened.error());
  fd_ = opened.value();
  path_ = path;
  current_ = AlignedBuffer(kBlockBytes);
  return {};
}

void FileWriter::append(Bytes bytes) {
  CETO_ASSERT(is_open());
  while (!bytes.empty()) {
    const size_t n = std::min(bytes.size(), kBlockBytes - used_);
    std::memcpy(current_.data() + used_, bytes.data(), n);
    used_ += n;
    bytes = bytes.from(n);
    if (used_ < kBlockBytes) continue;
    full_.push_back(std::move(current_));
    used_ = 0;
    if (free_.empty()) {
      current_ = AlignedBuffer(kBlockBytes);
    } else {
      current_ = std::move(free_.back());
      free_.pop_back();
    }
  }
}

Task<Status> FileWriter::write_blocks(size_t blocks) {
  WriteGroup group(blocks);
  for (size_t i = 0; i < blocks; ++i) {
    group[i].kind = IoRequest::Kind::kWrite;
    group[i].fd = fd_;
    group[i].buffer = full_[i].data();
    group[i].size = kBlockBytes;
    group[i].offset = flushed_bytes_ + i * kBlockBytes;
  }
  group.submit(io_);
  co_await group.all_done;
  for (size_t i = 0; i < blocks; ++i) {
    if (group[i].result < 0) co_return io_error(-group[i].result, "write " + path_);
    if (group[i].result != static_cast<int32_t>(kBlockBytes)) {
      co_return Error{ErrorCode::kIo, "short write to " + path_};
    }
  }
  flushed_bytes_ += blocks * kBlockBytes;
  for (AlignedBuffer& block : full_) free_.push_back(std::move(block));
  full_.clear();
  co_return Status{};
}

Task<Status> FileWriter::drain() {
  if (full_.empty()) co_return Status{};
  co_return co_await write_blocks(full_.size());
}

Task<Status> FileWriter::finish() {
  CETO_ASSERT(is_open());
  CETO_CO_TRY(co_await drain());
  const uint64_t size = size_bytes();
  if (used_ > 0) {
    const auto padded = static_cast<uint32_t>(align_up(used_));
    std::memset(current_.data() + used_, 0, padded - used_);
    const int32_t written = co_await io_.write(fd_, current_.data(), padded, flushed_bytes_);
    if (written < 0) co_return io_error(-written, "write " + path_);
    if (written != static_cast<int32_t>(padded)) {
      co_return Error{ErrorCode::kIo, "short write to " + path_};
    }
  }
  CETO_CO_TRY(io_.truncate(fd_, size));
  const int32_t synced = co_await io_.data_sync(fd_);
  if (synced < 0) co_return io_error(-synced, "sync " + path_);
  close();
  flushed_bytes_ = size;
  used_ = 0;
  co_return Status{};
}

void FileWriter::close() {
  if (fd_ >= 0) io_.close(fd_);
  fd_ = -1;
}

Task<Status> write_new_file(Io& io, const std::string& path, Bytes content) {
  FileWriter file(io);
  CETO_CO_TRY(file.create(path));
  file.append(content);
  co_return co_await file.finish();
}

Task<Result<std::string>> read_whole_file(Io& io, const std::string& path, uint64_t limit) {
  auto info = io.stat(path);
  if (!info) co_return std::move(info.error());
  const uint64_t size = info.value().size_bytes;
  if (size > limit) co_return corrupt(path + ": too large, " + std::to_string(size) + " bytes");
  auto opened = io.open(path, Io::Open::kRead);
  if (!opened) co_return std::move(opened.error());
  const int fd = opened.value();
  std::string content;
  content.reserve(size);
  AlignedBuffer block(std::min<uint64_t>(align_up(size) + kIoAlignment, FileWriter::kBlockBytes));
  while (content.size() < size) {
    const auto want = static_cast<uint32_t>(block.size());
    const int32_t got = co_await io.read(fd, block.data(), want, content.size());
    if (got <= 0) {
      io.close(fd);
      if (got < 0) co_return io_error(-got, "read " + path);
      co_return corrupt(path + ": ends before its size, at offset " +
                        std::to_string(content.size()));
    }
    const auto usable = std::min<uint64_t>(static_cast<uint64_t>(got), size - content.size());
    content.append(reinterpret_cast<const char*>(block.data()), usable);
    if (content.size() < size && usable % kIoAlignment != 0) {
      io.close(fd);
      co_return corrupt(path + ": unaligned short read at offset " +
                        std::to_string(content.size()));
    }
  }
  io.close(fd);
  co_return std::move(content);
}

}  // namespace ceto
