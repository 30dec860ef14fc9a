#pragma once
// SocketAddress: where a socket is: an IP address and a port. Lesson 10.
//
// IPv4 and IPv6 alike, written as people write them: 127.0.0.1:8080 and [::1]:8080. A plain value. A name such as
// localhost is not an address yet: lookup_host finds the addresses of a name.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kettle {

/// An IP address and a port.
class SocketAddress {
 public:
  /// Reads "127.0.0.1:8080" or "[::1]:8080". Throws std::invalid_argument, which says what to write, for anything else.
  explicit SocketAddress(std::string_view text);

  /// The same; nothing for anything else.
  static std::optional<SocketAddress> parse(std::string_view text) noexcept;

  /// 127.0.0.1: this machine only. Port 0 lets the system choose one.
  static SocketAddress loopback(std::uint16_t port) noexcept;

  /// 0.0.0.0: every address of this machine.
  static SocketAddress any(std::uint16_t port) noexcept;

  /// What the system calls have filled in.
  explicit SocketAddress(const sockaddr_storage& native) noexcept;

  std::uint16_t port() const noexcept;
  bool is_v6() const noexcept { return storage_.v6.sin6_family == AF_INET6; }
  int family() const noexcept { return storage_.v6.sin6_family; }
  std::string to_string() const;

  /// For system calls.
  const sockaddr* native() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t native_size() const noexcept { return is_v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

  bool operator==(const SocketAddress& other) const noexcept { return to_string() == other.to_string(); }

 private:
  SocketAddress() noexcept : storage_{} {}

  union {
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_;
};

}  // namespace kettle
