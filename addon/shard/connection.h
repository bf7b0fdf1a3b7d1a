// Connection: one client. It cuts what arrives into messages (frames of v3 and v4; segments and
// envelopes of v5), gives them to its host, and gathers the replies of a loop turn into one send.
// Owned by the ClientServer; ended connections live on until their last request is answered. Shard
// thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "io/reactor.h"
#include "io/socket.h"
#include "protocol/compression.h"
#include "protocol/envelope_reader.h"
#include "protocol/frame.h"
#include "protocol/output_buffer.h"

namespace ceto {

class Connection;

class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  // `body` is valid during the call only. The host answers with Connection::reply, now or later.
  virtual void on_message(Connection& connection, const FrameHeader& header, Bytes body) = 0;
  // Replies wait: the host calls flush() at the end of the turn.
  virtual void on_replies(Connection& connection) = 0;
  // The socket is closed. The connection may be destroyed once requests_open() is 0, not before
  // this call has returned.
  virtual void on_closed(Connection& connection) = 0;
};

class Connection final : private FdHandler {
 public:
  Connection(ConnectionHost& host, Reactor& reactor, BufferPool& buffers, Socket socket,
             uint32_t max_frame_bytes);
  ~Connection();
  Connection(const Connection&) = delete;

  // Starts to receive.
  Status start();

  // --- what the host keeps here
  // ----------------------------------------------------------------------
  enum class State : uint8_t { kNew, kReady, kClosed };
  State state = State::kNew;
  std::string keyspace;
  std::string driver_name, driver_version;
  uint8_t event_mask = 0;
  uint64_t requests = 0;
  bool listed_for_flush = false;

  // After STARTUP was answered: what follows is compressed, and in v5 framed in segments.
  void agree(uint8_t version, Compression compression);
  // 0 until the first message.
  uint8_t version() const { return version_; }
  const SocketAddress& peer() const { return peer_; }

  // Queues a reply; a closed connection drops it.
  void reply(uint8_t version, int16_t stream, Opcode opcode, uint8_t flags, Bytes body);
  // Sends what is queued, as far as the socket takes it.
  void flush();
  // Closes at once. Idempotent.
  void close();
  // Closes when everything queued is sent.
  void close_after_flush();

  // Requests of the host that refer to this connection.
  void request_started() { ++requests_open_; }
  void request_ended() { --requests_open_; }
  size_t requests_open() const { return requests_open_; }
  bool closed() const { return state == State::kClosed; }

 private:
  // One receive takes at most this; a turn stays short however fast a client sends.
  static constexpr size_t kReceiveBytes = 128u << 10;
  // A client that does not read its replies is not read from beyond this.
  static constexpr size_t kMaxQueuedBytes = 4u << 20;
  // Runs handed to the socket in one call; a buffer of the pool is one.
  static constexpr size_t kMaxRuns = 16;
  // Buffers that grew beyond this for one message are given back.
  static constexpr size_t kKeptBufferBytes = 64u << 10;

  void on_ready(uint32_t events) override;
  void receive();
  // Gives the whole messages at the start of `in` to the host; returns what is left.
  Bytes take_messages(Bytes in);
  void reject(const FrameError& error);
  void update_interest();

  ConnectionHost& host_;
  Reactor& reactor_;
  Socket socket_;
  SocketAddress peer_;
  EnvelopeReader reader_;
  uint8_t version_ = 0;
  bool closing_ = false;
  bool blocked_ = false;  // the socket took no more: EPOLLOUT tells when it does
  size_t requests_open_ = 0;
  std::string incoming_;  // an incomplete message
  OutputBuffer output_;
  // By STARTUP; counts for what follows its answer.
  std::optional<Compression> agreed_;
  uint32_t interest_ = 0;
};

}  // namespace ceto
