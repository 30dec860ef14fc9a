#pragma once
// What every hello-HTTP server of the bench does with bytes: finds the ends of requests, and has one answer.

#include <cstddef>
#include <string_view>

namespace bench {

inline constexpr std::string_view hello =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!";

/// Finds where requests end: at an empty line. Requests may come in pieces, or several at once.
class Requests {
 public:
  /// How many requests have ended in `bytes`.
  std::size_t feed(std::string_view bytes) noexcept {
    constexpr std::string_view end = "\r\n\r\n";
    std::size_t ended = 0;
    for (const char byte : bytes) {
      matched_ = byte == end[matched_] ? matched_ + 1 : (byte == end[0] ? 1 : 0);
      if (matched_ == end.size()) {
        matched_ = 0;
        ++ended;
      }
    }
    return ended;
  }

 private:
  std::size_t matched_ = 0;
};

}  // namespace bench
