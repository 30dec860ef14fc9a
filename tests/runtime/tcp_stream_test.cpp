// The promises of runtime/kettle/tcp_stream.hpp.
#include "kettle/tcp_stream.hpp"

#include <doctest/doctest.h>
#include <netinet/tcp.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/tcp_listener.hpp"
#include "net.hpp"

namespace {

using kettle::block_on;
using kettle::SocketAddress;
using kettle::Task;
using kettle::TcpListener;
using kettle::TcpStream;
using story::CountingWaker;
using story::quiet_poll;

// Where nobody listens.
SocketAddress nobody(const char* at = "127.0.0.1:0") {
  const TcpListener listener = TcpListener::bind(SocketAddress(at));
  return listener.local_address();
}

Task<std::pair<TcpStream, TcpStream>> connected(TcpListener& listener) {
  Task<TcpStream> connecting = TcpStream::connect(listener.local_address());
  TcpStream one = co_await connecting;
  TcpStream other = co_await listener.accept();
  std::pair<TcpStream, TcpStream> ends(std::move(one), std::move(other));
  co_return std::move(ends);
}

TEST_CASE("connect, and each end knows its address and the other's; IPv4 and IPv6") {
  for (const char* const at : {"127.0.0.1:0", "[::1]:0"}) {
    TcpListener listener = TcpListener::bind(SocketAddress(at));
    auto [client, server] = block_on(connected(listener));
    CHECK(client.peer_address() == listener.local_address());
    CHECK(server.local_address() == listener.local_address());
    CHECK(client.local_address() == server.peer_address());
    CHECK_EQ(client.name(), listener.local_address().to_string());
    CHECK_EQ(server.name(), client.local_address().to_string());

    auto write = client.write_all("hello");
    net::finish(write);
    char buffer[5];
    auto read = server.read_exact(buffer);
    net::finish(read);
    CHECK_EQ(std::string_view(buffer, 5), "hello");
  }
}

TEST_CASE("connect is lazy, waits, and is woken when it stands") {
  const TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  const std::size_t before = net::open_descriptors();
  CountingWaker task;
  {
    Task<TcpStream> connecting = TcpStream::connect(listener.local_address());
    CHECK_EQ(net::open_descriptors(), before);
    CHECK(quiet_poll(connecting, task).is_pending());
    CHECK_EQ(net::open_descriptors(), before + 1);
    net::hear_next_news();
    CHECK(task.is_woken());
    auto stream = quiet_poll(connecting, task);
    CHECK(stream.is_ready());
  }
  CHECK_EQ(net::open_descriptors(), before);
  CHECK_FALSE(task.is_held());
}

TEST_CASE("a connect that is dropped half-way leaves nothing") {
  const TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  const std::size_t before = net::open_descriptors();
  CountingWaker task;
  {
    Task<TcpStream> connecting = TcpStream::connect(listener.local_address());
    CHECK(quiet_poll(connecting, task).is_pending());
  }
  CHECK_EQ(net::open_descriptors(), before);
  CHECK_FALSE(task.is_held());
}

TEST_CASE("who refuses is named") {
  const std::size_t before = net::open_descriptors();
  for (const char* const at : {"127.0.0.1:0", "[::1]:0"}) {
    const SocketAddress address = nobody(at);
    const std::string expected = "connect to " + address.to_string() + ": Connection refused";
    CHECK_THROWS_WITH_AS(block_on(TcpStream::connect(address)), doctest::String(expected.c_str()), std::system_error);
  }
  CHECK_EQ(net::open_descriptors(), before);
}

TEST_CASE("an address that nobody can connect to is refused at once") {
  CHECK_THROWS_AS(block_on(TcpStream::connect(SocketAddress("255.255.255.255:80"))), std::system_error);
}

TEST_CASE("connect by name, and by an address as a name") {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  const std::uint16_t port = listener.local_address().port();
  for (const char* const host : {"localhost", "127.0.0.1"}) {
    const TcpStream stream = block_on(TcpStream::connect(host, port));
    CHECK_EQ(stream.peer_address().port(), port);
  }
}

TEST_CASE("connect by name: the error of the last address, or of the lookup") {
  const SocketAddress address = nobody();
  const std::string expected = "connect to " + address.to_string() + ": Connection refused";
  CHECK_THROWS_WITH(block_on(TcpStream::connect("127.0.0.1", address.port())), doctest::String(expected.c_str()));
  CHECK_THROWS_AS(block_on(TcpStream::connect("localhost", address.port())), std::system_error);
  CHECK_THROWS_AS(block_on(TcpStream::connect("no host at all", 80)), std::runtime_error);
}

TEST_CASE("small writes are sent at once, unless one says otherwise") {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  auto [client, server] = block_on(connected(listener));
  for (TcpStream* const stream : {&client, &server}) {
    CHECK_NE(net::option_of(stream->fd(), IPPROTO_TCP, TCP_NODELAY), 0);
    stream->set_nodelay(false);
    CHECK_EQ(net::option_of(stream->fd(), IPPROTO_TCP, TCP_NODELAY), 0);
    stream->set_nodelay(true);
    CHECK_NE(net::option_of(stream->fd(), IPPROTO_TCP, TCP_NODELAY), 0);
  }
}

TEST_CASE("an option that cannot be set says whose") {
  int ends[2];
  REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  TcpStream no_tcp(ends[0], SocketAddress("192.0.2.1:7"));
  close(ends[1]);
  CHECK_THROWS_WITH(no_tcp.set_nodelay(true),
                    "set TCP_NODELAY of the connection to 192.0.2.1:7: Operation not supported");
}

// A stream that is moved while a task reads it.
Task<> move_meanwhile() {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  Task<std::pair<TcpStream, TcpStream>> connecting = connected(listener);
  std::pair<TcpStream, TcpStream> ends = co_await connecting;
  char buffer[4];
  auto read = ends.first.read_exact(buffer);
  CountingWaker task;
  CHECK(quiet_poll(read, task).is_pending());
  std::optional<TcpStream> moved(std::move(ends.first));
  co_await ends.second.write_all("move");
  co_await read;
  CHECK_EQ(std::string_view(buffer, 4), "move");
  CHECK(moved->peer_address() == listener.local_address());
  const TcpStream assigned = std::move(*moved);
  CHECK(assigned.peer_address() == listener.local_address());
}

TEST_CASE("a stream may be moved while a task reads it") { block_on(move_meanwhile()); }

TEST_CASE("a reset is an error with a name, and comes once") {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  net::Client client(listener.local_address());
  auto accept = listener.accept();
  TcpStream server = net::finish(accept);
  const std::string name = client.name();
  client.reset();
  char buffer[4];
  auto read = server.read(buffer);
  CHECK_THROWS_WITH(net::finish(read), doctest::String(("read from " + name + ": Connection reset by peer").c_str()));
  auto again = server.read(buffer);
  CHECK_EQ(net::finish(again), 0);
  auto write = server.write("hello?");
  CHECK_THROWS_WITH(net::finish(write), doctest::String(("write to " + name + ": Broken pipe").c_str()));
  server.shutdown(kettle::Shutdown::write);  // It is gone anyway.
}

}  // namespace
