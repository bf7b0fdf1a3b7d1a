// ClientServer: the shard's clients: listening (on the first shard), handing sockets to the shards,
// the connections of this shard, events to those that registered. Shard thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/reactor.h"
#include "io/socket.h"
#include "shard/connection.h"
#include "shard/peers.h"
#include "shard/port_messages.h"
#include "shard/wiring.h"

namespace ceto {

class Dispatcher;

struct BoundPorts {
  uint16_t port = 0;
  uint16_t shard_aware_port = 0;
};

class ClientServer final : public ConnectionHost {
 public:
  ClientServer(Wiring& wiring, uint32_t shard, Reactor& reactor, PeerLinks& peers,
               Dispatcher& dispatcher);
  ~ClientServer() override;

  // The first shard: accepts on both ports. On `port` connections go to the shard with the fewest;
  // on `shard_aware_port` the client's own port modulo the number of shards chooses (ScyllaDB's
  // drivers).
  Result<BoundPorts> listen(const std::string& address, uint16_t port, uint16_t shard_aware_port,
                            bool shard_aware);
  void stop_accepting();
  // A socket that another shard accepted for this one.
  void adopt(int fd);
  // The first shard: a connection of `shard` has ended.
  void connection_ended(uint32_t shard);
  // Reads no more from clients and ends every connection, of later ones too, once its open requests
  // are answered.
  void close_all();

  // At the end of a turn: sends what has gathered, frees what has ended.
  void flush();
  // The last request of a closed connection was answered.
  void release(Connection& connection);

  void broadcast_event(uint8_t kind, Bytes body);
  // The body of SUPPORTED without the shard's own options.
  void set_supported(Bytes body) { supported_ = body.str(); }
  // With them.
  std::string supported_body() const;

  void add_numbers(NumberList& numbers) const;
  void write_connections(std::string& to) const;

 private:
  class Listener final : public FdHandler {
   public:
    Listener(ClientServer& server, Socket socket, bool shard_aware)
        : server_(server), socket_(std::move(socket)), shard_aware_(shard_aware) {}
    void on_ready(uint32_t events) override;
    Socket& socket() { return socket_; }

   private:
    ClientServer& server_;
    Socket socket_;
    const bool shard_aware_;
  };

  // Connections accepted in one go, so that a storm of them leaves room for requests.
  static constexpr int kAcceptsPerTurn = 64;
  // How long accepting rests after the system has no more descriptors.
  static constexpr int64_t kAcceptPauseMicros = 100'000;

  Result<uint16_t> add_listener(const SocketAddress& address, bool shard_aware);
  void accept_all(Socket& listener, bool shard_aware);
  void place(Socket socket, uint16_t peer_port, bool shard_aware);
  void add(Socket socket);
  void resume_accepting();

  void on_message(Connection& connection, const FrameHeader& header, Bytes body) override;
  void on_replies(Connection& connection) override;
  void on_closed(Connection& connection) override;

  Wiring& wiring_;
  const uint32_t shard_;
  Reactor& reactor_;
  PeerLinks& peers_;
  Dispatcher& dispatcher_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Timer accept_timer_;
  std::vector<uint32_t> connections_of_;  // the first shard: how many each shard has
  BufferPool buffers_;                    // outlives the connections
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> to_flush_;
  std::vector<Connection*> flushing_;
  std::vector<Connection*> ended_;
  std::string supported_;
  uint64_t accepted_ = 0;
  bool closing_ = false;
};

}  // namespace ceto
