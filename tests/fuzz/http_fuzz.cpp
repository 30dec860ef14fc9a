// libFuzzer looks for bytes for which the server lesson's HTTP/1.1 parser breaks a promise. Not only crashes count:
//
// - the pieces in which the bytes arrive change nothing;
// - a head ends inside the buffer; one byte less is no request; the head alone is the same request;
// - a mistake is final, and has a status with a reason;
// - as long as more bytes are needed, the buffer is smaller than the limits say;
// - no accepted head holds what servers have been smuggled with, as seen by a reader that shares no code with the parser.
//
// Ten million executions:
//   cmake --build build/default --target fuzz-http
//   build/default/tests/fuzz/http -runs=10000000 -max_len=512 -dict=tests/fuzz/http.dict NEW tests/fuzz/corpus
// with NEW an empty folder for what is found. A failure leaves its bytes in a file crash-...: give that as the argument.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http.hpp"

namespace {

using hello::Limits;
using hello::Parsed;
using hello::Request;
using hello::RequestParser;

void promise(bool holds, const char* text) {
  if (holds) return;
  std::fprintf(stderr, "a broken promise: %s\n", text);
  std::abort();
}

// What a parser said: requests, and then an end, which is 0 when it waits for more.
struct Told {
  std::vector<Request> requests;
  int status = 0;
  std::string why;
};

bool same(const Request& a, const Request& b) {
  return a.method == b.method && a.target == b.target && a.minor_version == b.minor_version &&
         a.keep_alive == b.keep_alive && a.expects_continue == b.expects_continue &&
         a.content_length == b.content_length && a.consumed == b.consumed;
}

bool same(const Told& a, const Told& b) {
  return a.status == b.status && a.why == b.why &&
         std::ranges::equal(a.requests, b.requests, [](const Request& x, const Request& y) { return same(x, y); });
}

// --- promises about one answer -----------------------------------------------------------------------------------

// The name of a header line as a careless reader has it: what stands before the colon, in lower case, without blanks.
std::string careless_name(std::string_view line) {
  std::string name;
  for (const char c : line.substr(0, line.find(':'))) {
    if (c != ' ' && c != '\t') name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return name;
}

// Reads an accepted head again, line by line and carelessly.
void check_head(std::string_view head, const Request& request) {
  promise(head.ends_with("\n\n") || head.ends_with("\n\r\n"), "a head ends with an empty line");
  promise(!head.contains('\0'), "a head has no NUL");
  int lengths = 0;
  int hosts = 0;
  while (!head.empty()) {
    const std::size_t end = head.find('\n');
    std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    promise(!line.contains('\r'), "a head has no lone CR");
    promise(!line.starts_with(' ') && !line.starts_with('\t'), "a head has no folded line");
    const std::string name = careless_name(line);
    promise(name != "transfer-encoding", "a request with a transfer encoding is refused");
    if (name == "host") ++hosts;
    if (name != "content-length") continue;
    ++lengths;
    promise(line[14] == ':', "no space before the colon");
    const std::string value(line.substr(15));
    promise(value.find_first_not_of("0123456789, \t") == std::string::npos, "a length is digits");
    promise(std::strtoull(value.c_str(), nullptr, 10) == request.content_length, "the length is what its field says");
  }
  promise(lengths != 0 || request.content_length == 0, "no length, no body");
  promise(hosts == 1 || (hosts == 0 && request.minor_version == 0), "HTTP/1.1 has one host");
}

void check_request(std::string_view buffered, const Request& request, const Limits& limits) {
  promise(request.consumed != 0 && request.consumed <= buffered.size(), "a head ends inside the buffer");
  promise(request.content_length <= limits.body_bytes, "a body is within its limit");
  promise(request.target == "*" || request.target.starts_with('/'), "a target is a path");
  promise(request.target.size() <= limits.request_line, "a target is within the request line's limit");
  const std::string_view head = buffered.substr(0, request.consumed);
  const Parsed shorter = RequestParser(limits).parse(head.substr(0, head.size() - 1));
  promise(shorter && !shorter->has_value(), "one byte less than a head is no request and no mistake");
  const Parsed again = RequestParser(limits).parse(head);
  promise(again && again->has_value() && same(**again, request), "the head alone is the same request");
  check_head(head, request);
}

void check_mistake(RequestParser& parser, std::string_view buffered, const hello::BadRequest& bad) {
  promise(bad.status >= 400 && !hello::reason_phrase(bad.status).empty() && !bad.why.empty(), "a mistake has a reason");
  for (const std::string& more : {std::string(buffered), std::string(buffered) + "\r\n\r\nGET / HTTP/1.0\r\n\r\n"}) {
    const Parsed again = parser.parse(more);
    promise(!again && again.error().status == bad.status && again.error().why == bad.why, "a mistake is final");
  }
}

// --- a connection ------------------------------------------------------------------------------------------------

// Feeds the text in pieces of the lengths that `next_length` gives. Each piece arrives in memory of its own, just as
// long as it needs to be, and the one before is gone: the address sanitizer sees a look beyond, or back.
template <class NextLength>
Told connection(std::string_view text, const Limits& limits, NextLength next_length) {
  RequestParser parser(limits);
  Told told;
  std::size_t start = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    end = std::min(text.size(), std::max(end, start) + next_length());
    while (start < end) {
      const std::vector<char> piece(text.data() + start, text.data() + end);
      const std::string_view buffered(piece.data(), piece.size());
      const Parsed parsed = parser.parse(buffered);
      if (!parsed) {
        check_mistake(parser, buffered, parsed.error());
        told.status = parsed.error().status;
        told.why = parsed.error().why;
        return told;
      }
      if (!parsed->has_value()) {
        promise(buffered.size() < limits.head(), "while more bytes are needed, the buffer is within its limit");
        break;
      }
      const Request& request = **parsed;
      check_request(buffered, request, limits);
      told.requests.push_back(request);
      start += request.consumed;
      start += static_cast<std::size_t>(std::min<std::uint64_t>(request.content_length, text.size() - start));
    }
  }
  return told;
}

void check(std::string_view text, const Limits& limits) {
  const Told whole = connection(text, limits, [&] { return text.size(); });
  promise(same(whole, connection(text, limits, [] { return std::size_t{1}; })), "a byte at a time changes nothing");
  std::uint32_t seed = 2166136261;  // The pieces depend on nothing but the bytes: a failure repeats itself.
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 16777619;
  const auto random_length = [&seed] {
    seed = seed * 1664525 + 1013904223;
    const std::size_t length = (seed >> 16) % 32;
    return 1 + length * ((seed >> 24) % 4);
  };
  promise(same(whole, connection(text, limits, random_length)), "pieces of any length change nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check(text, Limits());
  check(text, Limits{.empty_lines = 1, .request_line = 24, .header_bytes = 64, .header_fields = 3, .body_bytes = 20});
  return 0;
}
