#include "shard/connection.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/byte_io.h"
#include "protocol/segment.h"

namespace ceto {

namespace {

void give_back(std::string& buffer, size_t kept_bytes) {
  if (buffer.capacity() > kept_bytes) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

Connection::Connection(ConnectionHost& host, Reactor& reactor, Socket socket,
                       uint32_t max_frame_bytes)
    : host_(host),
      reactor_(reactor),
      socket_(std::move(socket)),
      reader_(max_frame_bytes) {
  if (auto peer = socket_.peer_address()) peer_ = peer.value();
}

Connection::~Connection() { CETO_ASSERT(requests_open_ == 0); }

Status Connection::start() {
  interest_ = EPOLLIN | EPOLLRDHUP;
  return reactor_.add_fd(socket_.fd(), interest_, this);
}

void Connection::agree(uint8_t version, Compression compression) {
  version_ = version;
  compression_ = compression;
  agree_pending_ = version >= 5;
  reader_.start(version, compression);
}

void Connection::on_ready(uint32_t events) {
  if (events & (EPOLLERR | EPOLLHUP)) {
    close();
    return;
  }
  if (events & EPOLLOUT) flush();
  if (!closed() && (events & (EPOLLIN | EPOLLRDHUP))) receive();
}

void Connection::receive() {
  // What arrives lies in the thread's own buffer until it is cut; only an incomplete message is kept,
  // so that an idle connection holds no memory.
  alignas(64) static thread_local std::array<uint8_t, kReceiveBytes> arrived;
  const Transfer got = socket_.receive(arrived.data(), arrived.size());
  if (got.would_block()) return;
  if (!got.moved()) {
    close();
    return;
  }
  const bool kept = !incoming_.empty();
  Bytes in(arrived.data(), got.bytes);
  if (kept) {
    incoming_.append(reinterpret_cast<const char*>(in.data()), in.size());
    in = Bytes(incoming_);
  }
  const Bytes rest = take_messages(in);
  if (closed()) return;
  if (rest.empty() || closing_) {
    give_back(incoming_, kKeptBufferBytes);
  } else if (kept) {
    incoming_.erase(0, incoming_.size() - rest.size());
  } else {
    incoming_.assign(reinterpret_cast<const char*>(rest.data()), rest.size());
    incoming_.reserve(reader_.wanted_bytes(Bytes(incoming_)));
  }
  update_interest();
}

Bytes Connection::take_messages(Bytes in) {
  while (!closed() && !closing_) {
    Envelope envelope;
    FrameError error;
    size_t consumed = 0;
    const ReadStatus status = reader_.next(in, consumed, envelope, error);
    in = in.from(consumed);
    if (status == ReadStatus::kNeedMore) break;
    if (status == ReadStatus::kError) {
      reject(error);
      continue;
    }
    version_ = envelope.header.version;
    ++requests;
    host_.on_message(*this, envelope.header, envelope.body);
  }
  return in;
}

void Connection::reject(const FrameError& error) {
  const std::string frame = encode_error_frame(error);
  if (segmented_) {
    frames_ += frame;
  } else {
    wire_ += frame;
  }
  if (error.fatal) closing_ = true;
  host_.on_replies(*this);
}

void Connection::reply(uint8_t version, int16_t stream, Opcode opcode, uint8_t flags, Bytes body) {
  if (closed()) return;
  std::string& to = segmented_ ? frames_ : wire_;
  const size_t frame_at = to.size();
  ByteWriter out(to);
  const bool compress =
      !segmented_ && !agree_pending_ && compression_ != Compression::kNone && opcode != Opcode::kReady &&
      !body.empty();
  write_response_header(out, {version, static_cast<uint8_t>(compress ? flags | kFlagCompressed : flags),
                              stream, opcode, static_cast<uint32_t>(body.size())});
  if (compress) {
    compress_body(compression_, body, to);
    patch_body_size(to, frame_at, static_cast<uint32_t>(to.size() - frame_at - kFrameHeaderBytes));
  } else {
    out.bytes(body);
  }
  if (agree_pending_) {
    agree_pending_ = false;
    segmented_ = true;
  }
  host_.on_replies(*this);
}

void Connection::flush() {
  if (closed()) return;
  if (!frames_.empty()) {
    encode_segments(Bytes(frames_), compression_ == Compression::kLz4, wire_);
    give_back(frames_, kKeptBufferBytes);
  }
  while (sent_ < wire_.size()) {
    const Transfer sent = socket_.send(wire_.data() + sent_, wire_.size() - sent_);
    if (sent.would_block()) {
      blocked_ = true;
      break;
    }
    if (!sent.moved()) {
      close();
      return;
    }
    sent_ += sent.bytes;
  }
  if (sent_ == wire_.size()) {
    blocked_ = false;
    sent_ = 0;
    give_back(wire_, kKeptBufferBytes);
    if (closing_ && requests_open_ == 0) {
      close();
      return;
    }
  }
  update_interest();
}

void Connection::update_interest() {
  if (closed()) return;
  uint32_t wanted = 0;
  const size_t queued = wire_.size() - sent_ + frames_.size();
  if (queued < kMaxQueuedBytes && !closing_) wanted |= EPOLLIN | EPOLLRDHUP;
  if (blocked_) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  reactor_.modify_fd(socket_.fd(), wanted);
}

void Connection::close_after_flush() {
  if (closed()) return;
  closing_ = true;
  host_.on_replies(*this);
}

void Connection::close() {
  if (closed()) return;
  state = State::kClosed;
  reactor_.remove_fd(socket_.fd());
  socket_.close();
  host_.on_closed(*this);
}

}  // namespace ceto
