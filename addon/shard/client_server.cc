#include "shard/client_server.h"

#include <algorithm>
#include <numeric>

#include "base/assert.h"
#include "shard/dispatcher.h"
#include "types/token.h"

namespace ceto {

ClientServer::ClientServer(Wiring& wiring, uint32_t shard, Reactor& reactor, PeerLinks& peers,
                           Dispatcher& dispatcher)
    : wiring_(wiring),
      shard_(shard),
      reactor_(reactor),
      peers_(peers),
      dispatcher_(dispatcher),
      accept_timer_([](void* self) { static_cast<ClientServer*>(self)->resume_accepting(); }, this),
      connections_of_(wiring.config.shards, 0) {}

ClientServer::~ClientServer() {
  stop_accepting();
  for (auto& [connection, owned] : connections_) connection->close();
}

// --- accepting
// -----------------------------------------------------------------------------------------

Result<BoundPorts> ClientServer::listen(const std::string& address, uint16_t port,
                                        uint16_t shard_aware_port, bool shard_aware) {
  auto parsed = SocketAddress::parse(address, port);
  if (!parsed) return std::move(parsed.error());
  BoundPorts bound;
  auto bound_port = add_listener(parsed.value(), false);
  if (!bound_port) return std::move(bound_port.error());
  bound.port = bound_port.value();
  if (shard_aware) {
    auto aware = SocketAddress::parse(address, shard_aware_port);
    if (!aware) return std::move(aware.error());
    auto bound_aware = add_listener(aware.value(), true);
    if (!bound_aware) return std::move(bound_aware.error());
    bound.shard_aware_port = bound_aware.value();
    wiring_.shard_aware_port.store(bound.shard_aware_port, std::memory_order_release);
  }
  return bound;
}

Result<uint16_t> ClientServer::add_listener(const SocketAddress& address, bool shard_aware) {
  auto socket = listen_on(address);
  if (!socket) return std::move(socket.error());
  auto local = socket.value().local_address();
  if (!local) return std::move(local.error());
  listeners_.push_back(std::make_unique<Listener>(*this, std::move(socket).value(), shard_aware));
  Listener& listener = *listeners_.back();
  CETO_TRY(reactor_.add_fd(listener.socket().fd(), EPOLLIN, &listener));
  return local.value().port();
}

void ClientServer::Listener::on_ready(uint32_t) { server_.accept_all(socket_, shard_aware_); }

void ClientServer::accept_all(Socket& listener, bool shard_aware) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    auto accepted = accept_from(listener);
    if (!accepted) {
      // No descriptors left: the connection stays in the queue; trying at once would only spin.
      for (auto& each : listeners_) reactor_.modify_fd(each->socket().fd(), 0);
      reactor_.arm(accept_timer_, kAcceptPauseMicros);
      return;
    }
    if (!accepted.value().socket) return;
    const uint16_t peer_port = accepted.value().peer.port();
    place(std::move(accepted.value().socket), peer_port, shard_aware);
  }
}

void ClientServer::resume_accepting() {
  for (auto& listener : listeners_) reactor_.modify_fd(listener->socket().fd(), EPOLLIN);
}

void ClientServer::place(Socket socket, uint16_t peer_port, bool shard_aware) {
  const uint64_t open =
      std::accumulate(connections_of_.begin(), connections_of_.end(), uint64_t{0});
  if (open >= wiring_.config.max_connections) return;  // the destructor closes it
  ++accepted_;
  const uint32_t shards = wiring_.config.shards;
  const uint32_t to =
      shard_aware
          ? peer_port % shards
          : static_cast<uint32_t>(std::min_element(connections_of_.begin(), connections_of_.end()) -
                                  connections_of_.begin());
  ++connections_of_[to];
  if (to == shard_) {
    add(std::move(socket));
    return;
  }
  PeerMessage message;
  message.kind = PeerMessage::Kind::kAdopt;
  message.fd = socket.release();
  peers_.send(to, message);
}

void ClientServer::stop_accepting() {
  accept_timer_.cancel();
  for (auto& listener : listeners_) reactor_.remove_fd(listener->socket().fd());
  listeners_.clear();
}

void ClientServer::adopt(int fd) { add(Socket(UniqueFd(fd))); }

void ClientServer::connection_ended(uint32_t shard) {
  CETO_ASSERT(connections_of_[shard] > 0);
  --connections_of_[shard];
}

void ClientServer::add(Socket socket) {
  auto connection = std::make_unique<Connection>(*this, reactor_, buffers_, std::move(socket),
                                                 wiring_.config.max_frame_bytes);
  Connection& added = *connection;
  connections_.emplace(&added, std::move(connection));
  if (!added.start()) added.close();
  if (closing_) added.close_after_flush();
}

// --- connections
// ----------------------------------------------------------------------------------------

void ClientServer::on_message(Connection& connection, const FrameHeader& header, Bytes body) {
  dispatcher_.on_message(connection, header, body);
}

void ClientServer::on_replies(Connection& connection) {
  if (connection.listed_for_flush) return;
  connection.listed_for_flush = true;
  to_flush_.push_back(&connection);
}

void ClientServer::on_closed(Connection& connection) {
  if (shard_ == 0) {
    connection_ended(0);
  } else {
    PeerMessage message;
    message.kind = PeerMessage::Kind::kConnectionClosed;
    peers_.send(0, message);
  }
  if (connection.requests_open() == 0) ended_.push_back(&connection);
}

void ClientServer::release(Connection& connection) {
  CETO_ASSERT(connection.closed() && connection.requests_open() == 0);
  ended_.push_back(&connection);
}

void ClientServer::flush() {
  flushing_.swap(to_flush_);
  for (Connection* connection : flushing_) {
    connection->listed_for_flush = false;
    connection->flush();
  }
  flushing_.clear();
  if (ended_.empty()) return;
  for (Connection* connection : ended_) {
    if (connection->listed_for_flush) std::erase(to_flush_, connection);
    connections_.erase(connection);
  }
  ended_.clear();
}

void ClientServer::close_all() {
  closing_ = true;
  for (auto& [connection, owned] : connections_) connection->close_after_flush();
}

// --- events, SUPPORTED, numbers
// -------------------------------------------------------------------------

void ClientServer::broadcast_event(uint8_t kind, Bytes body) {
  for (auto& [connection, owned] : connections_) {
    if (connection->event_mask & kind) {
      connection->reply(connection->version(), kEventStream, Opcode::kEvent, 0, body);
    }
  }
}

std::string ClientServer::supported_body() const {
  const uint16_t shard_aware_port = wiring_.shard_aware_port.load(std::memory_order_acquire);
  const std::pair<std::string_view, std::string> own[] = {
      {"SCYLLA_SHARD", std::to_string(shard_)},
      {"SCYLLA_NR_SHARDS", std::to_string(wiring_.config.shards)},
      {"SCYLLA_PARTITIONER", "org.apache.cassandra.dht.Murmur3Partitioner"},
      {"SCYLLA_SHARDING_ALGORITHM", "biased-token-round-robin"},
      {"SCYLLA_SHARDING_IGNORE_MSB", std::to_string(kShardingIgnoreMsb)},
      {"SCYLLA_SHARD_AWARE_PORT", std::to_string(shard_aware_port)},
  };
  // A string multimap: u16 n, n × (string, u16 m, m × string). Ours go in behind those of the node.
  std::string body;
  ByteWriter out(body);
  ByteReader given{Bytes(supported_)};
  const bool advertise = shard_aware_port != 0;
  out.u16(static_cast<uint16_t>(given.u16() + std::size(own) - (advertise ? 0 : 1)));
  out.bytes(given.rest());
  for (const auto& [name, value] : own) {
    if (!advertise && name == "SCYLLA_SHARD_AWARE_PORT") continue;
    out.u16_bytes(name);
    out.u16(1);
    out.u16_bytes(value);
  }
  return body;
}

void ClientServer::add_numbers(NumberList& numbers) const {
  numbers.add("connections", connections_.size());
  numbers.add("connections_accepted_total", accepted_);
}

void ClientServer::write_connections(std::string& to) const {
  ByteWriter out(to);
  out.u32(static_cast<uint32_t>(connections_.size()));
  for (const auto& [connection, owned] : connections_) {
    out.u16_bytes(connection->peer().host());
    out.u16(connection->peer().port());
    out.u8(connection->version());
    out.u16_bytes(connection->keyspace);
    out.u64(connection->requests);
    out.u16_bytes(connection->driver_name);
    out.u16_bytes(connection->driver_version);
  }
}

}  // namespace ceto
