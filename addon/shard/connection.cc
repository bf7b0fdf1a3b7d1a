#include "shard/connection.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

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

Connection::Connection(ConnectionHost& host, Reactor& reactor, BufferPool& buffers, Socket socket,
                       uint32_t max_frame_bytes)
    : host_(host),
      reactor_(reactor),
      socket_(std::move(socket)),
      reader_(max_frame_bytes),
      output_(buffers) {
  if (auto peer = socket_.peer_address()) peer_ = peer.value();
}

Connection::~Connection() { CETO_ASSERT(requests_open_ == 0); }

Status Connection::start() {
  interest_ = EPOLLIN | EPOLLRDHUP;
  return reactor_.add_fd(socket_.fd(), interest_, this);
}

void Connection::agree(uint8_t version, Compression compression) {
  version_ = version;
  agreed_ = compression;
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
  // What arrives lies in the thread's own buffer until it is cut; only an incomplete message is
  // kept, so that an idle connection holds no memory.
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
  output_.append_error(error);
  if (error.fatal) closing_ = true;
  host_.on_replies(*this);
}

void Connection::reply(uint8_t version, int16_t stream, Opcode opcode, uint8_t flags, Bytes body) {
  if (closed()) return;
  output_.append_frame(version, flags, stream, opcode, body);
  if (agreed_) {
    output_.start(version_, *agreed_);
    agreed_.reset();
  }
  host_.on_replies(*this);
}

void Connection::flush() {
  if (closed()) return;
  blocked_ = false;
  while (!output_.empty()) {
    std::array<iovec, kMaxRuns> runs;
    const size_t count = output_.gather(runs.data(), runs.size());
    const Transfer sent = socket_.send(std::span<const iovec>(runs.data(), count));
    if (sent.would_block()) {
      blocked_ = true;
      break;
    }
    if (!sent.moved()) {
      close();
      return;
    }
    output_.consume(sent.bytes);
  }
  if (closing_ && output_.empty() && requests_open_ == 0) {
    close();
    return;
  }
  update_interest();
}

void Connection::update_interest() {
  if (closed()) return;
  uint32_t wanted = 0;
  if (output_.size_bytes() < kMaxQueuedBytes && !closing_) wanted |= EPOLLIN | EPOLLRDHUP;
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
