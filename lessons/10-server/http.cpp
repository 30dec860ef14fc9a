// The parser: bytes, then lines, then the head as a whole. And responses.
#include "http.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hello {
namespace {

constexpr std::string_view methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
constexpr std::size_t longest_method = 7;

using Reason = std::pair<int, std::string_view>;
constexpr Reason reasons[] = {{200, "OK"},
                              {400, "Bad Request"},
                              {404, "Not Found"},
                              {405, "Method Not Allowed"},
                              {408, "Request Timeout"},
                              {413, "Content Too Large"},
                              {414, "URI Too Long"},
                              {417, "Expectation Failed"},
                              {431, "Request Header Fields Too Large"},
                              {501, "Not Implemented"},
                              {503, "Service Unavailable"},
                              {505, "HTTP Version Not Supported"}};

// --- kinds of characters, and small pieces of text (the C library's would ask the locale) ------------------------

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z'); }
constexpr bool is_visible(char c) { return c > ' ' && c < '\x7f'; }
constexpr bool is_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; }

// Letters, digits, and some more. A table, because nearly every byte of a head is looked up.
class Alphabet {
 public:
  explicit constexpr Alphabet(std::string_view more) {
    for (int code = 0; code < 128; ++code) {
      const char c = static_cast<char>(code);
      has_[static_cast<std::size_t>(code)] = is_alphanumeric(c) || more.contains(c);
    }
  }
  constexpr bool has_all(std::string_view text) const {
    return std::ranges::all_of(text, [this](char c) { return has_[static_cast<unsigned char>(c)]; });
  }

 private:
  std::array<bool, 256> has_{};
};

constexpr Alphabet token_characters("!#$%&'*+-.^_`|~");
constexpr Alphabet host_characters(
    "-._~%!$&'()*+,;=:[]");  // Names, addresses and ports; not their grammar: nothing here uses them.

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Shows each element of "a, b, c" to `accepts`, empty ones too, until it says no.
template <class Accepts>
bool every_element(std::string_view list, Accepts accepts) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (!accepts(trim(list.substr(0, comma)))) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

// --- bytes -------------------------------------------------------------------------------------------------------

// #region parse
Parsed RequestParser::parse(std::string_view buffered) {
  while (!bad_ && scanned_ < buffered.size()) {
    const std::string_view rest = buffered.substr(scanned_);
    const auto plain = static_cast<std::size_t>(std::ranges::find_if(rest, is_control) - rest.begin());
    const std::string_view control = rest.substr(plain, 1);  // The byte after the plain ones, if it is there already.
    if (!take_bytes(rest.substr(0, plain), control)) break;
    scanned_ += plain + control.size();
    if (control != "\n") continue;
    std::string_view line = buffered.substr(line_start_, scanned_ - 1 - line_start_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line_start_ = scanned_;
    if (!take_line(line)) continue;
    request_.consumed = scanned_;
    Request request = std::move(request_);
    *this = RequestParser(limits_);
    return request;
  }
  if (bad_) return std::unexpected(*bad_);
  return std::nullopt;
}
// #endregion

// Always false, so that whoever finds a mistake can say: return refuse(...).
bool RequestParser::refuse(int status, std::string_view why) {
  bad_ = BadRequest{status, why};
  return false;
}

// What can be said of bytes without the rest of their line: nobody fills the memory with a line that never ends. What is
// wrong with an earlier byte is told first, in whatever pieces they come.
// #region bytes
bool RequestParser::take_bytes(std::string_view plain, std::string_view control) {
  if (after_cr_ && (!plain.empty() || control != "\n")) return refuse(400, "a CR without its LF");
  after_cr_ = control == "\r";
  if (in_header_) {
    header_bytes_ += plain.size() + control.size();
    if (header_bytes_ > limits_.header_bytes) return refuse(431, "the header is too large");
  } else {
    const std::size_t column = scanned_ - line_start_;
    const std::size_t room = limits_.request_line - column;
    if (in_method_ && !take_method(plain.substr(0, room), column)) return false;
    if (plain.size() > room) return refuse(414, "the request line is too long");
  }
  if (control.empty() || after_cr_ || control == "\n") return true;
  return refuse(400, "a control character");
}

bool RequestParser::take_method(std::string_view bytes, std::size_t column) {
  const std::size_t space = bytes.find(' ', column == 0 ? 1 : 0);
  in_method_ = space == bytes.npos;
  const std::string_view method = bytes.substr(0, space);
  const std::size_t left = longest_method - column;
  if (!token_characters.has_all(method.substr(0, left + 1))) return refuse(400, "this is not a method");
  return method.size() <= left || refuse(501, "no method is as long as this");
}
// #endregion

// --- lines -------------------------------------------------------------------------------------------------------

// True when this line ends the head, and all is well with it.
bool RequestParser::take_line(std::string_view line) {
  if (in_header_ && line.empty()) return finish_head();
  if (in_header_) {
    take_field(line);
  } else if (!line.empty()) {
    in_header_ = take_request_line(line);
  } else if (++empty_lines_ > limits_.empty_lines) {
    refuse(400, "nothing but empty lines");
  }
  return false;
}

bool RequestParser::take_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == last) return refuse(400, "a request line is: method, space, target, space, version");
  if (!take_version(line.substr(last + 1))) return false;
  request_.method = line.substr(0, first);
  if (std::ranges::find(methods, request_.method) == std::end(methods)) {
    return refuse(501, "an unknown method");
  }
  if (request_.method == "CONNECT") return refuse(501, "this is not a proxy");
  return take_target(line.substr(first + 1, last - first - 1));
}

bool RequestParser::take_version(std::string_view version) {
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                          version[6] == '.' && is_digit(version[7]);
  if (!is_version) return refuse(400, "the version is not of the form HTTP/1.1");
  if (version[5] != '1') return refuse(505, "a version other than HTTP/1");
  request_.minor_version = version[7] == '0' ? 0 : 1;
  return true;
}

// The grammar has fewer characters than this, but browsers do send a few of the others, such as | and ^.
bool RequestParser::take_target(std::string_view target) {
  if (!std::ranges::all_of(target, is_visible) || target.contains('#')) return refuse(400, "not a request target");
  if (!target.starts_with('/') && !(target == "*" && request_.method == "OPTIONS")) {
    const std::size_t scheme = same_word(target.substr(0, 7), "http://") ? 7 : 8;
    if (scheme == 8 && !same_word(target.substr(0, 8), "https://")) return refuse(400, "neither a path nor an address");
    target.remove_prefix(scheme);
    const std::string_view host = target.substr(0, target.find_first_of("/?"));
    if (host.empty() || !host_characters.has_all(host)) return refuse(400, "the target has no host");
    target.remove_prefix(host.size());
    if (!target.starts_with('/')) request_.target = '/';
  }
  request_.target += target;
  return true;
}

// #region fields
bool RequestParser::take_field(std::string_view line) {
  if (++header_fields_ > limits_.header_fields) return refuse(431, "too many header fields");
  if (line.starts_with(' ') || line.starts_with('\t')) return refuse(400, "a folded header line");
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || name.empty()) return refuse(400, "a header line is: name, colon, value");
  if (!token_characters.has_all(name)) return refuse(400, "not a field name (no space may follow it)");
  const std::string_view value = trim(line.substr(colon + 1));

  if (same_word(name, "host")) {
    if (std::exchange(has_host_, true)) return refuse(400, "two hosts");
    return host_characters.has_all(value) || refuse(400, "not a host");
  }
  if (same_word(name, "content-length")) return take_content_length(value);
  if (same_word(name, "transfer-encoding")) has_transfer_encoding_ = true;
  if (same_word(name, "expect")) {
    const bool is_continue = same_word(value, "100-continue");
    expects_continue_ |= is_continue;
    expects_other_ |= !is_continue;
  }
  if (same_word(name, "connection")) {
    every_element(value, [this](std::string_view option) {
      asks_close_ |= same_word(option, "close");
      asks_keep_alive_ |= same_word(option, "keep-alive");
      return true;
    });
  }
  return true;
}
// #endregion

// Two servers that disagree on where a body ends see different requests in the same bytes: this must be exact.
// #region content_length
bool RequestParser::take_content_length(std::string_view value) {
  const bool is_length = every_element(value, [this](std::string_view digits) {
    std::uint64_t length = 0;
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    const auto [rest, error] = std::from_chars(begin, end, length);
    if (error != std::errc() || rest != end) return false;
    return std::exchange(content_length_, length).value_or(length) == length;
  });
  return is_length || refuse(400, "not one content length");
}
// #endregion

// --- the head as a whole, and responses --------------------------------------------------------------------------

// #region finish_head
bool RequestParser::finish_head() {
  const bool is_1_1 = request_.minor_version != 0;
  if (is_1_1 && !has_host_) return refuse(400, "HTTP/1.1 without a host");
  if (has_transfer_encoding_) {
    if (content_length_ || !is_1_1) return refuse(400, "a transfer encoding that must not be there");
    return refuse(501, "chunked bodies are not read here");
  }
  request_.content_length = content_length_.value_or(0);
  if (request_.content_length > limits_.body_bytes) return refuse(413, "the body is too large");
  if (is_1_1 && expects_other_) return refuse(417, "an unknown expectation");
  request_.expects_continue = is_1_1 && expects_continue_ && request_.content_length != 0;
  request_.keep_alive = !asks_close_ && (is_1_1 || asks_keep_alive_);
  return true;
}
// #endregion

std::string_view reason_phrase(int status) {
  const auto* const found = std::ranges::find(reasons, status, &Reason::first);
  return found == std::end(reasons) ? "" : found->second;
}

std::string respond(const Response& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  text += reason_phrase(response.status);
  text += "\r\nContent-Type: ";
  text += response.content_type;
  text += "\r\nContent-Length: " + std::to_string(response.body.size());
  text += response.keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n";
  text += response.more_fields;
  text += "\r\n";
  if (!response.without_body) text += response.body;
  return text;
}

}  // namespace hello
