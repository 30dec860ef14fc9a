// The promises of runtime/kettle/tcp_listener.hpp.
#include "kettle/tcp_listener.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "net.hpp"

namespace {

using kettle::ListenOptions;
using kettle::SocketAddress;
using kettle::TcpListener;
using kettle::TcpStream;
using net::Client;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<TcpListener::Accept>);

TcpStream accept_one(TcpListener& listener) {
  auto accept = listener.accept();
  return net::finish(accept);
}

TEST_CASE("port 0 becomes a port of the system's choice; IPv4 and IPv6") {
  const TcpListener four = TcpListener::bind(SocketAddress::loopback(0));
  const TcpListener six = TcpListener::bind(SocketAddress("[::1]:0"));
  CHECK_NE(four.local_address().port(), 0);
  CHECK_NE(six.local_address().port(), 0);
  CHECK(six.local_address().is_v6());
}

TEST_CASE("accept brings the connections in the order in which they came") {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  std::deque<Client> clients;
  for (int i = 0; i < 5; ++i) clients.emplace_back(listener.local_address());
  for (const Client& client : clients) {
    const TcpStream stream = accept_one(listener);
    CHECK_EQ(stream.peer_address().to_string(), client.name());
    CHECK(stream.local_address() == listener.local_address());
  }
}

TEST_CASE("accept waits, and is woken when somebody comes") {
  TcpListener listener = TcpListener::bind(SocketAddress("[::1]:0"));
  CountingWaker task;
  auto accept = listener.accept();
  CHECK(quiet_poll(accept, task).is_pending());
  net::hear_news();
  CHECK_FALSE(task.is_woken());
  const Client client(listener.local_address());
  net::hear_next_news();
  CHECK(task.is_woken());
  CHECK_EQ(quiet_poll(accept, task).value().name(), client.name());
  CHECK_FALSE(task.is_held());
}

TEST_CASE("an accept that is dropped, before and after somebody has come, loses nobody") {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  CountingWaker task;
  {
    auto accept = listener.accept();
    CHECK(quiet_poll(accept, task).is_pending());
  }
  std::optional<Client> client;
  {
    auto accept = listener.accept();
    CHECK(quiet_poll(accept, task).is_pending());
    client.emplace(listener.local_address());
    net::hear_next_news();
    CHECK(task.is_woken());
  }
  CHECK_FALSE(task.is_held());
  CHECK_EQ(accept_one(listener).name(), client->name());
}

TEST_CASE("a listener may be moved while somebody waits for it") {
  TcpListener first = TcpListener::bind(SocketAddress::loopback(0));
  CountingWaker task;
  auto accept = first.accept();
  CHECK(quiet_poll(accept, task).is_pending());
  const TcpListener listener = std::move(first);
  const Client client(listener.local_address());
  CHECK_EQ(net::finish(accept).name(), client.name());
}

TEST_CASE("a listener that is closed wakes who waits for it, and that is a mistake that is told") {
  CountingWaker task;
  std::optional<TcpListener> listener(TcpListener::bind(SocketAddress::loopback(0)));
  auto accept = listener->accept();
  CHECK(quiet_poll(accept, task).is_pending());
  listener.reset();
  CHECK(task.is_woken());
  CHECK_THROWS_AS(quiet_poll(accept, task), kettle::Misuse);
}

TEST_CASE("two who accept at the same time are a mistake, and are told") {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  CountingWaker task;
  auto one = listener.accept();
  auto two = listener.accept();
  CHECK(quiet_poll(one, task).is_pending());
  CHECK_THROWS_AS(quiet_poll(two, task), kettle::Misuse);
}

TEST_CASE("a client that was reset before it was accepted does not stand in the way") {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  Client gone(listener.local_address());
  gone.reset();
  const Client client(listener.local_address());
  std::string name = accept_one(listener).name();
  if (name != client.name()) name = accept_one(listener).name();  // Linux hands out the dead one, too.
  CHECK_EQ(name, client.name());
}

TEST_CASE("a taken port is an error that names it") {
  const TcpListener listener = TcpListener::bind(SocketAddress::loopback(0));
  const std::string expected = "bind to " + listener.local_address().to_string() + ": Address already in use";
  CHECK_THROWS_WITH_AS(TcpListener::bind(listener.local_address()), doctest::String(expected.c_str()),
                       std::system_error);
  CHECK_THROWS_WITH(TcpListener::bind(SocketAddress("192.0.2.1:80")),
                    "bind to 192.0.2.1:80: Cannot assign requested address");
}

TEST_CASE("a port of which an old connection is still wound up can be taken at once, unless one says otherwise") {
  std::optional<TcpListener> listener(TcpListener::bind(SocketAddress::loopback(0)));
  const SocketAddress address = listener->local_address();
  {
    Client client(address);
    {
      const TcpStream closes_first = accept_one(*listener);
    }
    char end[1];
    CHECK_EQ(recv(client.fd(), end, 1, 0), 0);
  }
  listener.reset();
  CHECK_THROWS_AS(TcpListener::bind(address, {.reuse_address = false}), std::system_error);
  CHECK(TcpListener::bind(address).local_address() == address);
}

TEST_CASE("two listeners share a port when both say so") {
  const ListenOptions shared{.reuse_port = true};
  const TcpListener one = TcpListener::bind(SocketAddress::loopback(0), shared);
  const TcpListener two = TcpListener::bind(one.local_address(), shared);
  CHECK(one.local_address() == two.local_address());
  CHECK_THROWS_AS(TcpListener::bind(one.local_address()), std::system_error);
}

TEST_CASE("a short backlog is enough for who comes while somebody accepts") {
  TcpListener listener = TcpListener::bind(SocketAddress::loopback(0), {.backlog = 1});
  for (int i = 0; i < 5; ++i) {
    const Client client(listener.local_address());
    CHECK_EQ(accept_one(listener).name(), client.name());
  }
}

TEST_CASE("a listener on every address takes in IPv4 and, written [::], both") {
  TcpListener four = TcpListener::bind(SocketAddress::any(0));
  const Client one(SocketAddress::loopback(four.local_address().port()));
  CHECK_EQ(accept_one(four).peer_address().to_string(), one.name());
  TcpListener both = TcpListener::bind(SocketAddress("[::]:0"));
  const Client old(SocketAddress::loopback(both.local_address().port()));
  CHECK_EQ(accept_one(both).peer_address().to_string().substr(0, 18), "[::ffff:127.0.0.1]");
}

}  // namespace
