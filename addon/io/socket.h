// TCP sockets, non-blocking and close-on-exec, called directly: listen, accept, connect, send,
// receive. Buffers and readiness belong to the connection that uses them (see Reactor::add_fd). A
// Socket is used by one thread at a time; the functions may be called by any.
#pragma once

#include <netinet/in.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/unique_fd.h"

namespace ceto {

// An IPv4 or IPv6 address with a port.
class SocketAddress {
 public:
  SocketAddress() = default;
  // `host` is numeric ("127.0.0.1", "::1", "0.0.0.0"); names are resolved elsewhere, once.
  static Result<SocketAddress> parse(const std::string& host, uint16_t port);

  bool is_v6() const { return storage_.base.sa_family == AF_INET6; }
  uint16_t port() const { return ntohs(is_v6() ? storage_.v6.sin6_port : storage_.v4.sin_port); }
  std::string host() const;
  // "127.0.0.1:9042", "[::1]:9042".
  std::string text() const;
  // The address in network order: 4 or 16 bytes, as CQL's inet.
  Bytes bytes() const;

  const sockaddr* raw() const { return &storage_.base; }
  sockaddr* raw() { return &storage_.base; }
  socklen_t size() const { return is_v6() ? sizeof(storage_.v6) : sizeof(storage_.v4); }
  static constexpr socklen_t kCapacity = sizeof(sockaddr_in6);

 private:
  union {
    sockaddr base;
    sockaddr_in v4;
    sockaddr_in6 v6 = {};
  } storage_;
};

// What a call on a non-blocking socket came to.
struct Transfer {
  enum class Outcome : uint8_t {
    kMoved,       // `bytes` of them, perhaps fewer than asked
    kWouldBlock,  // wait for readiness
    kClosed,      // the peer ended: orderly, or it reset the connection
    kFailed,      // `error_number` says how
  };
  Outcome outcome = Outcome::kMoved;
  size_t bytes = 0;
  int error_number = 0;

  bool moved() const { return outcome == Outcome::kMoved; }
  bool would_block() const { return outcome == Outcome::kWouldBlock; }
};

class Socket {
 public:
  Socket() = default;
  explicit Socket(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  void close() { fd_.reset(); }
  // Gives the descriptor away.
  int release() { return fd_.release(); }

  // `size` > 0.
  Transfer receive(void* to, size_t size);
  // No SIGPIPE. `more` holds a last partial segment back for what follows at once (MSG_MORE).
  Transfer send(const void* from, size_t size, bool more = false);
  // At most IOV_MAX runs are looked at; the caller comes back for the rest.
  Transfer send(std::span<const iovec> runs);
  void shut_down_sending();

  Result<SocketAddress> local_address() const;
  Result<SocketAddress> peer_address() const;
  // The outcome of connect_to() once writable: 0 or an errno.
  int take_error();

 private:
  UniqueFd fd_;
};

// Clients come in bursts when a node restarts: thousands may connect before the first accept.
inline constexpr int kListenBacklog = 4096;

struct ListenOptions {
  bool share_port = false;  // SO_REUSEPORT: the kernel spreads connections over several listeners
};

// An IPv6 wildcard takes IPv4 too only if the system says so (net.ipv6.bindv6only).
Result<Socket> listen_on(const SocketAddress& address, ListenOptions options = {});

struct Accepted {
  Socket socket;  // invalid: nobody waits
  SocketAddress peer;
};
// A connection without Nagle's delay and with keepalive. Connections that died in the queue are
// passed over. An error (EMFILE …) leaves the connection waiting: the caller pauses before it tries
// again.
Result<Accepted> accept_from(const Socket& listener);

// Starts to connect: the socket turns writable when that has ended; then ask take_error().
Result<Socket> connect_to(const SocketAddress& address);

}  // namespace ceto
