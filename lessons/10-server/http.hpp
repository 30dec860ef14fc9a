#pragma once
// HTTP/1.1, as much of it as a small server needs: bytes in; a request, or an error status, out. Lesson 10.
//
// Pure code: no socket, no task. Bytes are taken in order, each once, and a mistake is told at the byte, or at the end
// of the line, that makes it certain. So it cannot matter in what pieces they arrive, and the work is linear.
// Left out: chunked bodies (501), header fields other than five (their form is checked, then they are forgotten),
// %-escapes (not decoded), trailers, upgrades, and the Date of a response. Every host name is taken to be ours.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace hello {

/// How large a request may be.
struct Limits {
  std::size_t empty_lines = 4;             // Before the request line. More: 400.
  std::size_t request_line = 8000;         // Bytes, without the line's end. More: 414.
  std::size_t header_bytes = 16 * 1024;    // Bytes from there to the end of the head, line ends included. More: 431.
  std::size_t header_fields = 100;         // More: 431.
  std::uint64_t body_bytes = 1024 * 1024;  // More: 413.

  /// So many bytes are enough for the parser to decide: a buffer never needs to hold more.
  constexpr std::size_t head() const { return 2 * empty_lines + request_line + 2 + header_bytes + 1; }
};

/// The head of a request. It owns what it says: nothing in it points into the buffer.
struct Request {
  std::string method;                // One of the nine that are known, and not CONNECT.
  std::string target;                // "/page?x=1", or "*" for OPTIONS. "http://host/page" has become "/page".
  int minor_version = 1;             // HTTP/1.0 or HTTP/1.1. A higher one is treated as 1.1.
  bool keep_alive = true;            // The client would send another request on this connection.
  bool expects_continue = false;     // The client sends its body after "100 Continue" (or after a second or two).
  std::uint64_t content_length = 0;  // Bytes of body that come after the head: to be read or skipped.
  std::size_t consumed = 0;          // Bytes of the buffer that were the head.

  /// The target without its query.
  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
};

/// Why there is no request. Answer with the status, then close: nobody knows where a next request would begin.
struct BadRequest {
  int status = 400;
  std::string_view why;  // For the log.
};

/// A request; or nothing yet, more bytes are needed; or a mistake.
using Parsed = std::expected<std::optional<Request>, BadRequest>;

/// Finds the requests in what one connection sends, one after the other.
class RequestParser {
 public:
  explicit RequestParser(const Limits& limits = Limits()) : limits_(limits) {}

  /// Looks at the bytes that are new since the last call. `buffered` begins where the request begins: it is what the
  /// last call saw, with more at its end. After a request, drop its head and its body from the buffer, then call again
  /// for the next one. After a mistake every call answers with the same mistake.
  Parsed parse(std::string_view buffered);

 private:
  bool refuse(int status, std::string_view why);
  bool take_bytes(std::string_view plain, std::string_view control);
  bool take_method(std::string_view bytes, std::size_t column);
  bool take_line(std::string_view line);
  bool take_request_line(std::string_view line);
  bool take_version(std::string_view version);
  bool take_target(std::string_view target);
  bool take_field(std::string_view line);
  bool take_content_length(std::string_view value);
  bool finish_head();

  Limits limits_;
  Request request_;  // As far as it is known.
  std::optional<BadRequest> bad_;
  std::size_t scanned_ = 0;     // Bytes looked at.
  std::size_t line_start_ = 0;  // Where in the buffer the current line begins.
  std::size_t empty_lines_ = 0;
  std::size_t header_bytes_ = 0;
  std::size_t header_fields_ = 0;
  bool in_method_ = true;
  bool in_header_ = false;
  bool after_cr_ = false;
  // What the header fields said, until the head is complete and they can be judged together.
  std::optional<std::uint64_t> content_length_;
  bool has_host_ = false;
  bool has_transfer_encoding_ = false;
  bool asks_close_ = false;
  bool asks_keep_alive_ = false;
  bool expects_continue_ = false;
  bool expects_other_ = false;
};

/// "Not Found" for 404. Empty for a status that this server never sends.
std::string_view reason_phrase(int status);

/// What a client that expects it is sent before its body is read.
inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

struct Response {
  int status = 200;
  std::string_view body = {};
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string_view more_fields = {};  // Such as "Allow: GET, HEAD\r\n": whole lines.
  bool keep_alive = true;
  bool without_body = false;  // The answer to a HEAD: it tells the length of the body and does not have it.
};

/// The bytes of a response.
std::string respond(const Response& response);

}  // namespace hello
