#pragma once
// UdpSocket: datagrams, each with an address of its own. Lesson 10.
//
// A datagram arrives whole, or not at all; in any order; perhaps twice. For one thread; one task may send while another
// one receives.

#include <optional>
#include <span>
#include <string_view>

#include "kettle/socket.hpp"

namespace kettle {

/// A UDP socket.
class UdpSocket {
 public:
  /// Takes a port; port 0 lets the system choose. Throws std::system_error("bind to ...").
  static UdpSocket bind(const SocketAddress& address);

  SocketAddress local_address() const { return local_address_of(fd_.fd()); }

  /// A datagram that has come: how many bytes are in the buffer, and from where. What did not fit is lost.
  struct Datagram {
    std::size_t size;
    SocketAddress from;
  };

  /// The next datagram. Throws std::system_error. Cancel-safe.
  class [[nodiscard]] RecvFrom {
   public:
    using Output = Datagram;
    RecvFrom(UdpSocket& socket, std::span<char> buffer) noexcept
        : turn_(socket.fd_, Direction::read), buffer_(buffer) {}
    Poll<Datagram> poll(Context& context);

   private:
    IoTurn turn_;
    std::span<char> buffer_;
  };

  /// Sends one datagram, all of it. Pauses while the system has no room for it. Throws std::system_error. Cancel-safe.
  class [[nodiscard]] SendTo {
   public:
    using Output = void;
    SendTo(UdpSocket& socket, std::string_view bytes, const SocketAddress& to) noexcept
        : turn_(socket.fd_, Direction::write), bytes_(bytes), to_(to) {}
    Poll<> poll(Context& context);

   private:
    IoTurn turn_;
    std::string_view bytes_;
    SocketAddress to_;
    std::optional<Sleep> pause_;
  };

  RecvFrom recv_from(std::span<char> buffer) noexcept { return RecvFrom(*this, buffer); }
  SendTo send_to(std::string_view bytes, const SocketAddress& to) noexcept { return SendTo(*this, bytes, to); }

 private:
  explicit UdpSocket(AsyncFd fd) noexcept : fd_(std::move(fd)) {}
  AsyncFd fd_;
};

}  // namespace kettle
