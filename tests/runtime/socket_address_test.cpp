// The promises of runtime/kettle/socket_address.hpp.
#include "kettle/socket_address.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace {

using kettle::SocketAddress;

TEST_CASE("addresses are read and written as people write them") {
  struct Row {
    const char* text;
    std::uint16_t port;
    bool is_v6;
    const char* written;
  };
  const Row rows[] = {
      {"127.0.0.1:8080", 8080, false, "127.0.0.1:8080"},
      {"0.0.0.0:0", 0, false, "0.0.0.0:0"},
      {"255.255.255.255:65535", 65535, false, "255.255.255.255:65535"},
      {"10.0.0.1:080", 80, false, "10.0.0.1:80"},
      {"[::1]:8080", 8080, true, "[::1]:8080"},
      {"[::]:0", 0, true, "[::]:0"},
      {"[2001:DB8:0:0:0:0:0:1]:443", 443, true, "[2001:db8::1]:443"},
      {"[::ffff:192.0.2.1]:1", 1, true, "[::ffff:192.0.2.1]:1"},
      {"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:1", 1, true, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const SocketAddress address(row.text);
    CHECK_EQ(address.port(), row.port);
    CHECK_EQ(address.is_v6(), row.is_v6);
    CHECK_EQ(address.family(), row.is_v6 ? AF_INET6 : AF_INET);
    CHECK_EQ(address.to_string(), row.written);
    CHECK(SocketAddress(address.to_string()) == address);
    REQUIRE(SocketAddress::parse(row.text).has_value());
    CHECK(*SocketAddress::parse(row.text) == address);
  }
}

TEST_CASE("anything else is refused") {
  using namespace std::string_literals;
  const std::string texts[] = {
      "",
      ":",
      "127.0.0.1",
      "127.0.0.1:",
      "127.0.0.1:http",
      "127.0.0.1:-1",
      "127.0.0.1:+1",
      "127.0.0.1: 80",
      "127.0.0.1:80 ",
      "127.0.0.1:65536",
      "127.0.0.1:99999999999999999999",
      "127.0.0.1:0x50",
      " 127.0.0.1:80",
      "127.0.0:80",
      "127.0.0.1.1:80",
      "127.0.0.256:80",
      "127.0.0.01:80",
      "1:80",
      ":80",
      "localhost:80",
      "::1:80",
      "[]:80",
      "[::1]",
      "[::1:80",
      "::1]:80",
      "[127.0.0.1]:80",
      "[::1]80",
      "[::g]:80",
      "[1:2:3:4:5:6:7:8:9]:80",
      "[[::1]]:80",
      "[fe80::1%lo]:80",
      "127.0.0.1\0:80"s,
      "127.0.0.1\0.example:80"s,
      "[::1\0]:80"s,
      "127.0.0.1:80\0"s,
      std::string(1000, '1') + ":80",
      "[" + std::string(1000, ':') + "]:80",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK_FALSE(SocketAddress::parse(text).has_value());
    CHECK_THROWS_AS(SocketAddress{text}, std::invalid_argument);
  }
}

TEST_CASE("who writes nonsense is told what to write") {
  CHECK_THROWS_WITH(SocketAddress("localhost:80"),
                    "'localhost:80' is not an address with a port: write 127.0.0.1:8080 or [::1]:8080");
}

TEST_CASE("loopback and any") {
  CHECK_EQ(SocketAddress::loopback(80).to_string(), "127.0.0.1:80");
  CHECK_EQ(SocketAddress::any(0).to_string(), "0.0.0.0:0");
}

TEST_CASE("two are equal when address and port are") {
  const SocketAddress one("127.0.0.1:80");
  CHECK(one == SocketAddress::loopback(80));
  CHECK_FALSE(one == SocketAddress("127.0.0.1:81"));
  CHECK_FALSE(one == SocketAddress("127.0.0.2:80"));
  CHECK_FALSE(SocketAddress("[::]:80") == SocketAddress("0.0.0.0:80"));
  CHECK_FALSE(SocketAddress("[::ffff:127.0.0.1]:80") == one);
}

TEST_CASE("what the system fills in, and what it is given") {
  for (const char* const text : {"127.0.0.1:8080", "[::1]:8080"}) {
    const SocketAddress address(text);
    sockaddr_storage storage{};
    REQUIRE_LE(address.native_size(), sizeof storage);
    std::memcpy(&storage, address.native(), address.native_size());
    CHECK(SocketAddress(storage) == address);
    CHECK_EQ(address.native()->sa_family, address.family());
  }
  CHECK_EQ(SocketAddress("127.0.0.1:1").native_size(), sizeof(sockaddr_in));
  CHECK_EQ(SocketAddress("[::1]:1").native_size(), sizeof(sockaddr_in6));
}

}  // namespace
