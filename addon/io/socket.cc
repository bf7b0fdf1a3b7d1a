#include "io/socket.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace ceto {

namespace {

// A client whose machine vanished is noticed after about two minutes, not the kernel's two hours.
constexpr int kKeepaliveIdleSeconds = 60;
constexpr int kKeepaliveIntervalSeconds = 15;
constexpr int kKeepaliveProbes = 4;

void set_option(int fd, int level, int option, int value) {
  // Options are hints: a connection without one still works.
  ::setsockopt(fd, level, option, &value, sizeof(value));
}

void set_up_connection(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleSeconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
}

Result<UniqueFd> make_socket(const SocketAddress& address) {
  UniqueFd fd(::socket(address.raw()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return io_error(errno, "socket");
  return fd;
}

Transfer failure_of(int error_number) {
  switch (error_number) {
    case EAGAIN:
      return {Transfer::Outcome::kWouldBlock};
    case ECONNRESET:
    case EPIPE:
      return {Transfer::Outcome::kClosed, 0, error_number};
    default:
      return {Transfer::Outcome::kFailed, 0, error_number};
  }
}

template <class Call>
Transfer transfer(Call call) {
  for (;;) {
    const ssize_t moved = call();
    if (moved >= 0) return {Transfer::Outcome::kMoved, static_cast<size_t>(moved)};
    if (errno != EINTR) return failure_of(errno);
  }
}

// Errors of accept4 that concern the connection that would have been accepted, not the listener
// (accept(2): to be treated like a retry).
bool is_of_the_peer(int error_number) {
  switch (error_number) {
    case EINTR:
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<SocketAddress> SocketAddress::parse(const std::string& host, uint16_t port) {
  SocketAddress address;
  if (::inet_pton(AF_INET, host.c_str(), &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
    address.storage_.v4.sin_port = htons(port);
    return address;
  }
  address = SocketAddress();
  if (::inet_pton(AF_INET6, host.c_str(), &address.storage_.v6.sin6_addr) == 1) {
    address.storage_.v6.sin6_family = AF_INET6;
    address.storage_.v6.sin6_port = htons(port);
    return address;
  }
  return Error{ErrorCode::kConfigError, "\"" + host + "\" is not an IPv4 or IPv6 address"};
}

std::string SocketAddress::host() const {
  char text[INET6_ADDRSTRLEN] = {};
  const void* from = bytes().data();
  ::inet_ntop(is_v6() ? AF_INET6 : AF_INET, from, text, sizeof(text));
  return text;
}

std::string SocketAddress::text() const {
  return (is_v6() ? "[" + host() + "]" : host()) + ":" + std::to_string(port());
}

Bytes SocketAddress::bytes() const {
  if (is_v6()) return {reinterpret_cast<const uint8_t*>(&storage_.v6.sin6_addr), 16};
  return {reinterpret_cast<const uint8_t*>(&storage_.v4.sin_addr), 4};
}

Transfer Socket::receive(void* to, size_t size) {
  CETO_ASSERT(size > 0);
  const Transfer got = transfer([&] { return ::recv(fd(), to, size, 0); });
  if (got.moved() && got.bytes == 0) return {Transfer::Outcome::kClosed};
  return got;
}

Transfer Socket::send(const void* from, size_t size, bool more) {
  const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
  return transfer([&] { return ::send(fd(), from, size, flags); });
}

Transfer Socket::send(std::span<const iovec> runs) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(runs.data());
  message.msg_iovlen = std::min<size_t>(runs.size(), IOV_MAX);
  return transfer([&] { return ::sendmsg(fd(), &message, MSG_NOSIGNAL); });
}

void Socket::shut_down_sending() { ::shutdown(fd(), SHUT_WR); }

Result<SocketAddress> Socket::local_address() const {
  SocketAddress address;
  socklen_t size = SocketAddress::kCapacity;
  if (::getsockname(fd(), address.raw(), &size) < 0) return io_error(errno, "getsockname");
  return address;
}

Result<SocketAddress> Socket::peer_address() const {
  SocketAddress address;
  socklen_t size = SocketAddress::kCapacity;
  if (::getpeername(fd(), address.raw(), &size) < 0) return io_error(errno, "getpeername");
  return address;
}

int Socket::take_error() {
  int error_number = 0;
  socklen_t size = sizeof(error_number);
  if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error_number, &size) < 0) return errno;
  return error_number;
}

Result<Socket> listen_on(const SocketAddress& address, ListenOptions options) {
  auto made = make_socket(address);
  if (!made) return std::move(made.error());
  UniqueFd fd = std::move(made).value();
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.share_port) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (::bind(fd.get(), address.raw(), address.size()) < 0 ||
      ::listen(fd.get(), kListenBacklog) < 0) {
    return io_error(errno, "listen on " + address.text());
  }
  return Socket(std::move(fd));
}

Result<Accepted> accept_from(const Socket& listener) {
  for (;;) {
    Accepted accepted;
    socklen_t size = SocketAddress::kCapacity;
    UniqueFd fd(::accept4(listener.fd(), accepted.peer.raw(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      set_up_connection(fd.get());
      accepted.socket = Socket(std::move(fd));
      return accepted;
    }
    if (errno == EAGAIN) return Accepted{};
    if (!is_of_the_peer(errno)) return io_error(errno, "accept");
  }
}

Result<Socket> connect_to(const SocketAddress& address) {
  auto made = make_socket(address);
  if (!made) return std::move(made.error());
  UniqueFd fd = std::move(made).value();
  set_up_connection(fd.get());
  if (::connect(fd.get(), address.raw(), address.size()) < 0 && errno != EINPROGRESS) {
    return io_error(errno, "connect to " + address.text());
  }
  return Socket(std::move(fd));
}

}  // namespace ceto
