#include "protocol/output_buffer.h"

#include "base/assert.h"
#include "protocol/reply.h"
#include "protocol/segment.h"

namespace ceto {

std::string BufferPool::take() {
  if (kept_.empty()) {
    std::string buffer;
    buffer.reserve(kBufferBytes);
    return buffer;
  }
  std::string buffer = std::move(kept_.back());
  kept_.pop_back();
  return buffer;
}

void BufferPool::give_back(std::string buffer) {
  const bool usual = buffer.capacity() >= kBufferBytes && buffer.capacity() <= 2 * kBufferBytes;
  if (!usual || kept_.size() >= kMaxKept) return;
  buffer.clear();
  kept_.push_back(std::move(buffer));
}

OutputBuffer::~OutputBuffer() {
  for (std::string& buffer : queue_) pool_.give_back(std::move(buffer));
  pool_.give_back(std::move(current_));
}

void OutputBuffer::start(uint8_t version, Compression compression) {
  CETO_ASSERT(!in_frame_);
  seal_current();
  compression_ = compression;
  segmented_ = version >= 5;
}

ByteWriter OutputBuffer::begin_frame(uint8_t version, uint8_t flags, int16_t stream,
                                     Opcode opcode) {
  CETO_ASSERT(!in_frame_);
  if (current_.size() >= BufferPool::kBufferBytes) seal_current();
  if (current_.capacity() < BufferPool::kBufferBytes) current_ = pool_.take();
  in_frame_ = true;
  frame_at_ = current_.size();
  ByteWriter out(current_);
  write_response_header(out, {version, flags, stream, opcode, 0});
  return out;
}

void OutputBuffer::add_frame_flags(uint8_t flags) {
  CETO_ASSERT(in_frame_);
  char& at = current_[frame_at_ + 1];
  at = static_cast<char>(static_cast<uint8_t>(at) | flags);
}

void OutputBuffer::end_frame() {
  CETO_ASSERT(in_frame_);
  in_frame_ = false;
  const size_t body_size = current_.size() - frame_at_ - kFrameHeaderBytes;
  CETO_ASSERT(body_size <= UINT32_MAX);
  patch_body_size(current_, frame_at_, static_cast<uint32_t>(body_size));
  const bool compressed = compression_ != Compression::kNone && !segmented_;
  if (compressed && body_size >= kMinCompressedBody) compress_frame();
}

// Puts the compressed body in the place of the plain one, unless it is no smaller.
void OutputBuffer::compress_frame() {
  const size_t body_at = frame_at_ + kFrameHeaderBytes;
  const Bytes body = Bytes(current_).from(body_at);
  scratch_.clear();
  compress_body(compression_, body, scratch_);
  if (scratch_.size() < body.size()) {
    current_.replace(body_at, body.size(), scratch_);
    patch_body_size(current_, frame_at_, static_cast<uint32_t>(scratch_.size()));
    current_[frame_at_ + 1] =
        static_cast<char>(static_cast<uint8_t>(current_[frame_at_ + 1]) | kFlagCompressed);
  }
  if (scratch_.capacity() > BufferPool::kBufferBytes) std::string().swap(scratch_);
}

void OutputBuffer::cancel_frame() {
  CETO_ASSERT(in_frame_);
  in_frame_ = false;
  current_.resize(frame_at_);
}

void OutputBuffer::append_frame(uint8_t version, uint8_t flags, int16_t stream, Opcode opcode,
                                Bytes body) {
  begin_frame(version, flags, stream, opcode).bytes(body);
  end_frame();
}

void OutputBuffer::append_error(const FrameError& error) {
  // Versions 1 and 2 have a header of their own; their clients come with their first frame, when
  // nothing has been agreed on yet.
  if (error.version < kMinVersion && !segmented_) {
    seal_current();
    push(encode_error_frame(error));
    return;
  }
  ByteWriter out = begin_frame(error.version, 0, error.stream, Opcode::kError);
  encode_error(out, error.error);
  end_frame();
}

void OutputBuffer::push(std::string buffer) {
  queued_bytes_ += buffer.size();
  queue_.push_back(std::move(buffer));
}

void OutputBuffer::seal_current() {
  if (current_.empty()) return;
  if (!segmented_) {
    push(std::move(current_));
    current_ = std::string();
    return;
  }
  std::string wire = pool_.take();
  encode_segments(Bytes(current_), compression_ == Compression::kLz4, wire);
  push(std::move(wire));
  pool_.give_back(std::move(current_));
  current_ = std::string();
}

size_t OutputBuffer::gather(iovec* entries, size_t max) {
  CETO_ASSERT(!in_frame_);
  seal_current();
  size_t count = 0;
  for (std::string& buffer : queue_) {
    if (count == max) break;
    const size_t skip = count == 0 ? sent_ : 0;
    entries[count++] = {buffer.data() + skip, buffer.size() - skip};
  }
  return count;
}

void OutputBuffer::consume(size_t size) {
  while (size != 0) {
    CETO_ASSERT(!queue_.empty());
    std::string& first = queue_.front();
    const size_t left = first.size() - sent_;
    if (size < left) {
      sent_ += size;
      return;
    }
    size -= left;
    queued_bytes_ -= first.size();
    pool_.give_back(std::move(first));
    queue_.pop_front();
    sent_ = 0;
  }
}

}  // namespace ceto
