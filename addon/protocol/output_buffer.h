// OutputBuffer: what one connection has to send, gathered while the loop turns and written once at
// its end. Bodies are encoded straight into the frame that carries them: begin_frame() gives a
// writer, and end_frame() fills in the size, compresses (v3, v4) and counts. Segments (v5) are made
// when the bytes are drained, so that many replies share one. Memory comes from a BufferPool of the
// shard, and goes back to it whenever a connection has nothing to send. Shard thread only; the pool
// outlives it.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/byte_io.h"
#include "base/bytes.h"
#include "protocol/compression.h"
#include "protocol/frame.h"

namespace ceto {

class BufferPool {
 public:
  // Buffers grow beyond kBufferBytes for large frames; those are not kept. kMaxKept buffers of a
  // shard are 16 MiB at most.
  static constexpr size_t kBufferBytes = 64 * 1024;
  static constexpr size_t kMaxKept = 256;

  std::string take();
  void give_back(std::string buffer);
  size_t kept() const { return kept_.size(); }

 private:
  std::vector<std::string> kept_;
};

class OutputBuffer {
 public:
  explicit OutputBuffer(BufferPool& pool) : pool_(pool) {}
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;
  ~OutputBuffer();

  // From the next frame on; what was written before leaves as it was agreed before. Version 5
  // changes to segments, so call it after the frame that answers STARTUP has ended.
  void start(uint8_t version, Compression compression);

  // Begins a frame; its body is written to what is returned, until end_frame() or cancel_frame().
  // Nothing else may be called on the buffer meanwhile.
  ByteWriter begin_frame(uint8_t version, uint8_t flags, int16_t stream, Opcode opcode);
  // Flags that are known only after the body (warnings, tracing).
  void add_frame_flags(uint8_t flags);
  void end_frame();
  void cancel_frame();
  // A frame whose body is at hand.
  void append_frame(uint8_t version, uint8_t flags, int16_t stream, Opcode opcode, Bytes body);
  void append_error(const FrameError& error);

  // Bytes that wait, segments not yet counted. A connection that is not read stops being served
  // above a bound of its owner's.
  size_t size_bytes() const { return queued_bytes_ + current_.size() - sent_of_first(); }
  bool empty() const { return size_bytes() == 0; }

  // Fills up to `max` entries with what is to be sent next; they stay valid until consume().
  size_t gather(iovec* entries, size_t max);
  // `size` bytes of that were sent.
  void consume(size_t size);

 private:
  // Bodies below this do not get smaller in a way that pays.
  static constexpr size_t kMinCompressedBody = 128;

  void seal_current();
  void compress_frame();
  void push(std::string buffer);
  size_t sent_of_first() const { return queue_.empty() ? 0 : sent_; }

  BufferPool& pool_;
  Compression compression_ = Compression::kNone;
  bool segmented_ = false;
  bool in_frame_ = false;
  size_t frame_at_ = 0;            // of the open frame in current_
  std::string current_;            // frames since the last drain
  std::string scratch_;            // compressed body of the frame that ends
  std::deque<std::string> queue_;  // wire bytes
  size_t queued_bytes_ = 0;        // in queue_, those sent already included
  size_t sent_ = 0;                // of the first buffer in queue_
};

}  // namespace ceto
