#include "lsm/sstable/file_writer.h"

#include <algorithm>
#include <cstring>

namespace ceto {

// The blocks that the disk has. Each holds a reference, so all of this outlives the writer if need
// be.
class FileWriter::UnderWay {
 public:
  UnderWay(Io& io, int fd) : io_(io), fd_(fd) {}

  static void write(const std::shared_ptr<UnderWay>& self, AlignedBuffer buffer, uint64_t offset) {
    auto* block = new Block{{}, std::move(buffer), self};
    block->request.kind = IoRequest::Kind::kWrite;
    block->request.fd = self->fd_;
    block->request.buffer = block->buffer.data();
    block->request.size = static_cast<uint32_t>(block->buffer.size());
    block->request.offset = offset;
    block->request.context = block;
    block->request.on_complete = [](IoRequest& done) {
      const std::unique_ptr<Block> mine(static_cast<Block*>(done.context));
      mine->owner->completed(*mine);
    };
    ++self->count_;
    self->io_.submit(block->request);
  }
  size_t count() const { return count_; }
  Status status(const std::string& path) const {
    if (errno_ != 0) return io_error(errno_, "write " + path);
    if (short_) return Error{ErrorCode::kIo, "short write to " + path};
    return {};
  }
  AlignedBuffer take_free() {
    if (free_.empty()) return AlignedBuffer(kBlockBytes);
    AlignedBuffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  // Now, or with the last block.
  void close() {
    closed_ = true;
    if (count_ == 0) io_.close(fd_);
  }
  // Woken by every block while somebody waits.
  Waiter progress;
  bool awaited = false;

 private:
  struct Block {
    IoRequest request;
    AlignedBuffer buffer;
    std::shared_ptr<UnderWay> owner;
  };

  void completed(Block& block) {
    CETO_ASSERT(count_ > 0);
    --count_;
    if (block.request.result < 0) {
      errno_ = -block.request.result;
    } else if (block.request.result != static_cast<int32_t>(block.buffer.size())) {
      short_ = true;
    }
    if (closed_) {
      if (count_ == 0) io_.close(fd_);
      return;
    }
    free_.push_back(std::move(block.buffer));
    if (awaited) progress.wake();
  }

  Io& io_;
  int fd_;
  size_t count_ = 0;
  int errno_ = 0;
  bool short_ = false;
  bool closed_ = false;
  std::vector<AlignedBuffer> free_;
};

Status FileWriter::create(const std::string& path) {
  CETO_ASSERT(!is_open());
  auto opened = io_.open(path, Io::Open::kCreate);
  if (!opened) return std::move(opened.error());
  fd_ = opened.value();
  path_ = path;
  under_way_ = std::make_shared<UnderWay>(io_, fd_);
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
    current_ = under_way_->take_free();
  }
}

Status FileWriter::hand_over() {
  const uint64_t end = handed_bytes_ + full_.size() * kBlockBytes;
  // A file of a few blocks is not worth it.
  if (end > reserved_bytes_ && end > 2 * kBlocksBeforeDrain * kBlockBytes) {
    CETO_TRY(io_.allocate(fd_, end + kReserveBytes));
    reserved_bytes_ = end + kReserveBytes;
  }
  for (AlignedBuffer& block : full_) {
    UnderWay::write(under_way_, std::move(block), handed_bytes_);
    handed_bytes_ += kBlockBytes;
  }
  full_.clear();
  return {};
}

Task<Status> FileWriter::wait_for(size_t most_under_way) {
  under_way_->awaited = true;
  // Named first: with sanitizers gcc 12 keeps what the operand is read through on the stack.
  Waiter& progress = under_way_->progress;
  while (under_way_->count() > most_under_way) co_await progress;
  under_way_->awaited = false;
  co_return under_way_->status(path_);
}

Task<Status> FileWriter::drain() {
  if (full_.empty()) co_return Status{};
  CETO_CO_TRY(hand_over());
  co_return co_await wait_for(kBlocksBeforeDrain);
}

Task<Status> FileWriter::finish() {
  CETO_ASSERT(is_open());
  CETO_CO_TRY(hand_over());
  CETO_CO_TRY(co_await wait_for(0));
  const uint64_t size = size_bytes();
  if (used_ > 0) {
    const auto padded = static_cast<uint32_t>(align_up(used_));
    std::memset(current_.data() + used_, 0, padded - used_);
    const int32_t written = co_await io_.write(fd_, current_.data(), padded, handed_bytes_);
    if (written < 0) co_return io_error(-written, "write " + path_);
    if (written != static_cast<int32_t>(padded)) {
      co_return Error{ErrorCode::kIo, "short write to " + path_};
    }
  }
  CETO_CO_TRY(io_.truncate(fd_, size));
  const int32_t synced = co_await io_.data_sync(fd_);
  if (synced < 0) co_return io_error(-synced, "sync " + path_);
  close();
  handed_bytes_ = size;
  used_ = 0;
  co_return Status{};
}

void FileWriter::close() {
  if (fd_ >= 0) under_way_->close();
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
