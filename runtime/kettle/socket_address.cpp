// Reading and writing addresses, by the system's own functions.
#include "kettle/socket_address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <stdexcept>

namespace kettle {

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) noexcept {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);

  std::uint16_t port = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;

  const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (has_brackets) host = host.substr(1, host.size() - 2);
  char terminated[INET6_ADDRSTRLEN] = {};
  if (host.size() >= sizeof terminated) return std::nullopt;
  std::memcpy(terminated, host.data(), host.size());

  SocketAddress address;
  if (has_brackets) {
    address.storage_.v6 = sockaddr_in6{};
    address.storage_.v6.sin6_family = AF_INET6;
    address.storage_.v6.sin6_port = htons(port);
    if (inet_pton(AF_INET6, terminated, &address.storage_.v6.sin6_addr) != 1) return std::nullopt;
  } else {
    address.storage_.v4.sin_family = AF_INET;
    address.storage_.v4.sin_port = htons(port);
    if (inet_pton(AF_INET, terminated, &address.storage_.v4.sin_addr) != 1) return std::nullopt;
  }
  return address;
}

SocketAddress::SocketAddress(std::string_view text) {
  const auto address = parse(text);
  if (!address) {
    throw std::invalid_argument("'" + std::string(text) +
                                "' is not an address with a port: write 127.0.0.1:8080 or [::1]:8080");
  }
  *this = *address;
}

SocketAddress::SocketAddress(const sockaddr_storage& native) noexcept {
  std::memcpy(&storage_, &native, sizeof storage_);
}

SocketAddress SocketAddress::loopback(std::uint16_t port) noexcept {
  SocketAddress address = any(port);
  address.storage_.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

SocketAddress SocketAddress::any(std::uint16_t port) noexcept {
  SocketAddress address;
  address.storage_.v4.sin_family = AF_INET;
  address.storage_.v4.sin_port = htons(port);
  return address;
}

// The port stands at the same place in both.
std::uint16_t SocketAddress::port() const noexcept { return ntohs(storage_.v4.sin_port); }

std::string SocketAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_v6()) {
    inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(port());
  }
  inet_ntop(AF_INET, &storage_.v4.sin_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(port());
}

}  // namespace kettle
