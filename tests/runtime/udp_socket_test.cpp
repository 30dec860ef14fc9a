// The promises of runtime/kettle/udp_socket.hpp.
#include "kettle/udp_socket.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "net.hpp"

namespace {

using kettle::SocketAddress;
using kettle::UdpSocket;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<UdpSocket::RecvFrom> && kettle::Future<UdpSocket::SendTo>);

UdpSocket local() { return UdpSocket::bind(SocketAddress::loopback(0)); }

struct Received {
  std::string text;
  SocketAddress from;
};

Received receive(UdpSocket& socket, std::size_t room = 100) {
  std::string buffer(room, ' ');
  auto receiving = socket.recv_from(buffer);
  const UdpSocket::Datagram datagram = net::finish(receiving);
  return {buffer.substr(0, datagram.size), datagram.from};
}

void send(UdpSocket& socket, std::string_view text, const SocketAddress& to) {
  auto sending = socket.send_to(text, to);
  net::finish(sending);
}

TEST_CASE("a datagram arrives whole, and says where it came from; IPv4 and IPv6") {
  for (const char* const at : {"127.0.0.1:0", "[::1]:0"}) {
    UdpSocket one = UdpSocket::bind(SocketAddress(at));
    UdpSocket other = UdpSocket::bind(SocketAddress(at));
    CHECK_NE(one.local_address().port(), 0);
    send(one, "hello", other.local_address());
    const Received received = receive(other);
    CHECK_EQ(received.text, "hello");
    CHECK(received.from == one.local_address());
  }
}

TEST_CASE("datagrams keep their borders, and on one machine their order; an empty one is one, too") {
  UdpSocket one = local();
  UdpSocket other = local();
  for (const std::string_view text : {"a", "bcd", "", "ef"}) send(one, text, other.local_address());
  for (const std::string_view text : {"a", "bcd", "", "ef"}) CHECK_EQ(receive(other).text, text);
}

TEST_CASE("what does not fit into the buffer is lost, and the next datagram is whole") {
  UdpSocket one = local();
  UdpSocket other = local();
  send(one, "abcdefgh", other.local_address());
  send(one, "next", other.local_address());
  CHECK_EQ(receive(other, 3).text, "abc");
  CHECK_EQ(receive(other, 3).text, "nex");
}

TEST_CASE("receiving waits, and is woken once") {
  UdpSocket one = local();
  UdpSocket other = local();
  char buffer[10];
  CountingWaker task;
  auto receiving = other.recv_from(buffer);
  CHECK(quiet_poll(receiving, task).is_pending());
  net::hear_news();
  CHECK(quiet_poll(receiving, task).is_pending());
  CHECK_EQ(task.wakes(), 0);
  send(one, "x", other.local_address());
  net::hear_next_news();
  CHECK_EQ(task.wakes(), 1);
  CHECK_EQ(quiet_poll(receiving, task).value().size, 1);
  CHECK_FALSE(task.is_held());
}

TEST_CASE("sending is ready at the first poll while there is room") {
  UdpSocket one = local();
  UdpSocket other = local();
  CountingWaker task;
  auto sending = one.send_to("x", other.local_address());
  CHECK(quiet_poll(sending, task).is_ready());
  CHECK_EQ(receive(other).text, "x");
}

TEST_CASE("a receive that is dropped, before and after something has come, loses nothing") {
  UdpSocket one = local();
  UdpSocket other = local();
  char buffer[10];
  CountingWaker task;
  {
    auto receiving = other.recv_from(buffer);
    CHECK(quiet_poll(receiving, task).is_pending());
  }
  {
    auto receiving = other.recv_from(buffer);
    CHECK(quiet_poll(receiving, task).is_pending());
    send(one, "kept", other.local_address());
    net::hear_next_news();
    CHECK(task.is_woken());
  }
  CHECK_FALSE(task.is_held());
  CHECK_EQ(receive(other).text, "kept");
}

TEST_CASE("one may send while another one receives; two who receive are a mistake") {
  UdpSocket one = local();
  UdpSocket other = local();
  char buffer[10];
  CountingWaker task;
  auto receiving = one.recv_from(buffer);
  CHECK(quiet_poll(receiving, task).is_pending());
  send(one, "question", other.local_address());
  send(other, "answer", receive(other).from);
  auto second = one.recv_from(buffer);
  CHECK_THROWS_AS((quiet_poll(second, task), quiet_poll(second, task)), kettle::Misuse);
  CHECK_EQ(net::finish(receiving).size, 6);
}

TEST_CASE("where nobody listens a datagram goes to nowhere: it is no error, and others are heard") {
  UdpSocket one = local();
  UdpSocket other = local();
  std::optional<UdpSocket> gone(local());
  const SocketAddress nobody = gone->local_address();
  gone.reset();
  for (int i = 0; i < 3; ++i) send(one, "hello?", nobody);
  send(other, "here", one.local_address());
  CHECK_EQ(receive(one).text, "here");
}

TEST_CASE("errors say what was tried, and with whom") {
  UdpSocket one = local();
  const std::string too_long(70'000, 'x');
  CHECK_THROWS_WITH(send(one, too_long, SocketAddress("127.0.0.1:7")), "send to 127.0.0.1:7: Message too long");
  CHECK_THROWS_AS(send(one, "x", SocketAddress("[::1]:7")), std::system_error);
  CHECK_THROWS_WITH(send(one, "x", SocketAddress("127.0.0.1:0")), "send to 127.0.0.1:0: Invalid argument");
  const std::string expected = "bind to " + one.local_address().to_string() + ": Address already in use";
  CHECK_THROWS_WITH(UdpSocket::bind(one.local_address()), doctest::String(expected.c_str()));
  send(one, "still of use", one.local_address());
  CHECK_EQ(receive(one).text, "still of use");
}

TEST_CASE("a socket may be moved while somebody waits for it") {
  UdpSocket first = local();
  char buffer[10];
  CountingWaker task;
  auto receiving = first.recv_from(buffer);
  CHECK(quiet_poll(receiving, task).is_pending());
  UdpSocket moved = std::move(first);
  send(moved, "to itself", moved.local_address());
  CHECK_EQ(net::finish(receiving).size, 9);
}

}  // namespace
