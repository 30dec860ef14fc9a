// The promises of runtime/kettle/socket.hpp.
#include "kettle/socket.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/tcp.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "net.hpp"

namespace {

using kettle::AcceptFd;
using kettle::AsyncFd;
using kettle::Connected;
using kettle::Flow;
using kettle::Socket;
using kettle::SocketAddress;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<AcceptFd> && kettle::Future<Connected>);
static_assert(!std::is_copy_constructible_v<Socket> && std::is_nothrow_move_constructible_v<Socket>);

AsyncFd listener_at(const SocketAddress& address) {
  Socket socket(address.family(), SOCK_STREAM);
  socket.bind(address.native(), address.native_size(), address.to_string());
  socket.listen(16, address.to_string());
  return AsyncFd(socket.release(), Flow::items, "the listener");
}

TEST_CASE("a socket is non-blocking, is closed on exec, and goes with its object") {
  const std::size_t before = net::open_descriptors();
  {
    const Socket socket(AF_INET, SOCK_STREAM);
    CHECK_GE(socket.fd(), 0);
    CHECK_NE(fcntl(socket.fd(), F_GETFL) & O_NONBLOCK, 0);
    CHECK_NE(fcntl(socket.fd(), F_GETFD) & FD_CLOEXEC, 0);
    CHECK_EQ(net::open_descriptors(), before + 1);
  }
  CHECK_EQ(net::open_descriptors(), before);
}

TEST_CASE("a descriptor that was taken out stays open") {
  int fd = -1;
  {
    Socket socket(AF_INET6, SOCK_DGRAM);
    fd = socket.release();
    CHECK_EQ(socket.fd(), -1);
  }
  CHECK_GE(fcntl(fd, F_GETFD), 0);
  Socket taken_over(fd);
  const Socket moved(std::move(taken_over));
  CHECK_EQ(taken_over.fd(), -1);
  CHECK_EQ(moved.fd(), fd);
}

TEST_CASE("errors say what was tried, and with whom") {
  CHECK_THROWS_WITH(Socket(-1, SOCK_STREAM), "make a socket: Address family not supported by protocol");
  Socket socket(AF_INET, SOCK_STREAM);
  CHECK_THROWS_WITH(socket.set_option(SOL_SOCKET, -1, 1), "set an option of a socket: Protocol not available");
  const SocketAddress other("[::1]:0");
  CHECK_THROWS_AS(socket.bind(other.native(), other.native_size(), "[::1]:0"), std::system_error);
  const SocketAddress elsewhere("192.0.2.1:0");  // Nobody's address: it is for examples.
  CHECK_THROWS_WITH(socket.bind(elsewhere.native(), elsewhere.native_size(), "192.0.2.1:0"),
                    "bind to 192.0.2.1:0: Cannot assign requested address");
  Socket datagrams(AF_INET, SOCK_DGRAM);
  CHECK_THROWS_WITH(datagrams.listen(1, "somewhere"), "listen at somewhere: Operation not supported");
  CHECK_THROWS_WITH(kettle::local_address_of(-1), "ask for the address of a socket: Bad file descriptor");
}

TEST_CASE("an option is set") {
  Socket socket(AF_INET, SOCK_STREAM);
  CHECK_EQ(net::option_of(socket.fd(), SOL_SOCKET, SO_KEEPALIVE), 0);
  socket.set_option(SOL_SOCKET, SO_KEEPALIVE, 1);
  CHECK_EQ(net::option_of(socket.fd(), SOL_SOCKET, SO_KEEPALIVE), 1);
}

TEST_CASE("port 0 becomes a port of the system's choice") {
  const AsyncFd listener = listener_at(SocketAddress::loopback(0));
  const SocketAddress address = kettle::local_address_of(listener.fd());
  CHECK_NE(address.port(), 0);
  CHECK_EQ(address.to_string().substr(0, 10), "127.0.0.1:");
}

TEST_CASE("what is a shortage and what is not") {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC}) CHECK(kettle::is_out_of_resources(error));
  for (const int error : {0, EINVAL, EBADF, ECONNRESET, EAGAIN, EPERM}) CHECK_FALSE(kettle::is_out_of_resources(error));
}

TEST_CASE("accept waits, is woken once, and brings the descriptor and where it came from") {
  AsyncFd listener = listener_at(SocketAddress::loopback(0));
  AcceptFd accept(listener);
  CountingWaker task;
  CHECK(quiet_poll(accept, task).is_pending());
  net::hear_news();
  CHECK_EQ(task.wakes(), 0);

  const net::Client client(kettle::local_address_of(listener.fd()));
  net::await_news(listener.fd(), POLLIN);
  net::hear_news();
  CHECK_EQ(task.wakes(), 1);
  const AcceptFd::Output connection = quiet_poll(accept, task).take();
  CHECK_EQ(SocketAddress(connection.from).to_string(), client.name());
  CHECK_NE(fcntl(connection.socket.fd(), F_GETFL) & O_NONBLOCK, 0);
  CHECK_NE(fcntl(connection.socket.fd(), F_GETFD) & FD_CLOEXEC, 0);
  CHECK_FALSE(task.is_held());
}

TEST_CASE("three who come between two looks are all accepted, without another look") {
  AsyncFd listener = listener_at(SocketAddress::loopback(0));
  CountingWaker task;
  std::optional<AcceptFd> accept(std::in_place, listener);
  CHECK(quiet_poll(*accept, task).is_pending());
  const SocketAddress address = kettle::local_address_of(listener.fd());
  const net::Client clients[] = {net::Client(address), net::Client(address), net::Client(address)};
  net::await_news(listener.fd(), POLLIN);
  net::hear_news();
  for (const net::Client& client : clients) {
    accept.emplace(listener);
    auto answer = quiet_poll(*accept, task);
    REQUIRE(answer.is_ready());
    CHECK_EQ(SocketAddress(answer.value().from).to_string(), client.name());
  }
  accept.emplace(listener);
  CHECK(quiet_poll(*accept, task).is_pending());
}

TEST_CASE("a listener that is none is an error of accept") {
  Socket socket(AF_INET, SOCK_STREAM);
  AsyncFd no_listener(socket.release(), Flow::items, "no listener");
  AcceptFd accept(no_listener);
  CHECK_THROWS_WITH(net::finish(accept), "accept at no listener: Invalid argument");
}

TEST_CASE("accept may be moved before it waits, and not while it waits") {
  AsyncFd listener = listener_at(SocketAddress::loopback(0));
  AcceptFd first(listener);
  AcceptFd accept(std::move(first));
  CountingWaker task;
  CHECK(quiet_poll(accept, task).is_pending());
  CHECK_THROWS_AS(story::move_away(accept), kettle::Misuse);
}

TEST_CASE("two who wait for one listener are a mistake, and are told") {
  AsyncFd listener = listener_at(SocketAddress::loopback(0));
  AcceptFd one(listener);
  AcceptFd two(listener);
  CountingWaker task;
  CHECK(quiet_poll(one, task).is_pending());
  CHECK_THROWS_AS(quiet_poll(two, task), kettle::Misuse);
}

TEST_CASE("connected: pending until the connection stands") {
  const AsyncFd listener = listener_at(SocketAddress::loopback(0));
  const SocketAddress address = kettle::local_address_of(listener.fd());
  Socket socket(AF_INET, SOCK_STREAM);
  const int fd = socket.release();
  AsyncFd stream(fd, Flow::stream, "the peer", false);
  Connected connected(stream);
  CountingWaker task;
  CHECK(quiet_poll(connected, task).is_pending());
  net::hear_news();  // A socket that is not connected has news, none of it good.
  CHECK(quiet_poll(connected, task).is_pending());
  CHECK_NE(connect(fd, address.native(), address.native_size()), 0);
  CHECK_EQ(errno, EINPROGRESS);
  net::await_news(fd, POLLOUT);
  net::hear_news();
  CHECK(task.is_woken());
  CHECK(quiet_poll(connected, task).is_ready());
  CHECK_FALSE(task.is_held());
}

TEST_CASE("connected: refused, with a name") {
  SocketAddress nobody = SocketAddress::loopback(0);
  {
    const AsyncFd listener = listener_at(SocketAddress::loopback(0));
    nobody = kettle::local_address_of(listener.fd());
  }
  Socket socket(AF_INET, SOCK_STREAM);
  const int fd = socket.release();
  CHECK_NE(connect(fd, nobody.native(), nobody.native_size()), 0);
  AsyncFd stream(fd, Flow::stream, nobody.to_string(), false);
  Connected connected(stream);
  CHECK_THROWS_WITH(net::finish(connected),
                    doctest::String(("connect to " + nobody.to_string() + ": Connection refused").c_str()));
}

}  // namespace
