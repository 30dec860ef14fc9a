// The promises of the server lesson's HTTP/1.1 parser: RFC 9112's grammar, its limits, and that the pieces in which the
// bytes arrive change nothing.
#include "http.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using hello::BadRequest;
using hello::Limits;
using hello::Parsed;
using hello::Request;
using hello::RequestParser;
using hello::respond;
using namespace std::string_literals;

// --- helpers -----------------------------------------------------------------------------------------------------

// 0: more bytes are needed. 200: a request. Otherwise the status of the mistake.
int status(const Parsed& parsed) { return !parsed ? parsed.error().status : parsed->has_value() ? 200 : 0; }

int status(std::string_view bytes, const Limits& limits = Limits()) {
  return status(RequestParser(limits).parse(bytes));
}

Request request(std::string_view bytes) {
  Parsed parsed = RequestParser().parse(bytes);
  REQUIRE(status(parsed) == 200);
  return std::move(**parsed);
}

// A request with these header lines, each "name: value", and a Host.
std::string with(const std::vector<std::string>& fields, std::string_view first_line = "GET / HTTP/1.1") {
  std::string text = fmt::format("{}\r\nHost: a\r\n", first_line);
  for (const std::string& field : fields) text += field + "\r\n";
  return text + "\r\n";
}

std::string with_field(const std::string& field) { return with(std::vector{field}); }

// Everything that a parser says of a text, in words: what is fed is the whole text, in pieces that end where `is_end`
// says, each in a place of its own that is gone before the next one comes.
template <class IsEnd>
std::string told(std::string_view text, IsEnd is_end, const Limits& limits = Limits()) {
  RequestParser parser(limits);
  std::string log;
  std::size_t start = 0;
  for (std::size_t end = 1; end <= text.size(); ++end) {
    if (end != text.size() && !is_end(end)) continue;
    while (start < end) {
      const std::vector<char> piece(text.begin() + static_cast<std::ptrdiff_t>(start),
                                    text.begin() + static_cast<std::ptrdiff_t>(end));
      const Parsed parsed = parser.parse(std::string_view(piece.data(), piece.size()));
      if (!parsed) return fmt::format("{}{} {}", log, parsed.error().status, parsed.error().why);
      if (!parsed->has_value()) break;
      const Request& got = **parsed;
      log += fmt::format("{} {} 1.{} keep {} continue {} body {} head {}\n", got.method, got.target, got.minor_version,
                         got.keep_alive, got.expects_continue, got.content_length, got.consumed);
      start += got.consumed + got.content_length;
    }
  }
  return log + "and then it waits";
}

// --- what a request is -------------------------------------------------------------------------------------------

TEST_CASE("a request says its method, its target, its version, and how long its head was") {
  const std::string text = "GET /tea?cups=2&milk HTTP/1.1\r\nHost: localhost:8080\r\n\r\nnot of the head";
  const Request got = request(text);
  CHECK(got.method == "GET");
  CHECK(got.target == "/tea?cups=2&milk");
  CHECK(got.path() == "/tea");
  CHECK(got.minor_version == 1);
  CHECK(got.keep_alive);
  CHECK_FALSE(got.expects_continue);
  CHECK(got.content_length == 0);
  CHECK(got.consumed == text.find("not of the head"));
}

TEST_CASE("what real clients send is a request") {
  CHECK(request("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: curl/8.5\r\nAccept: */*\r\n\r\n").keep_alive);
  CHECK(request("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: localhost\r\nUser-Agent: ApacheBench/2.3\r\n"
                "Accept: */*\r\n\r\n")
            .keep_alive);
  CHECK(request("GET /favicon.ico HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: keep-alive\r\nsec-ch-ua: \"Chromium\";"
                "v=\"120\"\r\nAccept-Language: de-DE,de;q=0.9\r\nCookie: a=b; c=d\r\n\r\n")
            .path() == "/favicon.ico");
  CHECK(request("POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                "Content-Length: 11\r\n\r\nhello=world")
            .content_length == 11);
}

TEST_CASE("nothing is said before the last byte of the head, and then at once") {
  const std::string text = with_field("Accept: */*");
  RequestParser parser;
  for (std::size_t size = 0; size < text.size(); ++size) CHECK(status(parser.parse(text.substr(0, size))) == 0);
  CHECK(status(parser.parse(text)) == 200);
}

TEST_CASE("a lone LF ends a line as CR LF does") {
  CHECK(request("GET /a HTTP/1.1\nHost: a\n\n").consumed == 25);
  CHECK(status("GET /a HTTP/1.1\r\nHost: a\n\r\n") == 200);
}

TEST_CASE("every known method is a request, CONNECT and any other are 501") {
  for (const char* const method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    CHECK(request(fmt::format("{} / HTTP/1.1\r\nHost: a\r\n\r\n", method)).method == method);
  }
  for (const char* const method : {"get", "GE", "GETS", "PRI", "M-SEARC", "!#$%&'*", "PROPFIND", "CONNECT"}) {
    CAPTURE(method);
    CHECK(status(fmt::format("{} / HTTP/1.1\r\nHost: a\r\n\r\n", method)) == 501);
  }
  CHECK(status("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n") == 501);
}

TEST_CASE("a target is a path, an address, or the star of OPTIONS") {
  const struct {
    const char* line;
    int status;
    const char* target;
  } cases[] = {
      {"GET / HTTP/1.1", 200, "/"},
      {"GET //x HTTP/1.1", 200, "//x"},
      {"GET /? HTTP/1.1", 200, "/?"},
      {"GET /%20/%zz HTTP/1.1", 200, "/%20/%zz"},
      {"GET /a|b^c?{d} HTTP/1.1", 200, "/a|b^c?{d}"},
      {"GET http://example.com HTTP/1.1", 200, "/"},
      {"GET http://example.com/ HTTP/1.1", 200, "/"},
      {"GET HTTP://example.com:80/a?b HTTP/1.1", 200, "/a?b"},
      {"GET https://[::1]:8080/a HTTP/1.1", 200, "/a"},
      {"GET http://example.com?b/c HTTP/1.1", 200, "/?b/c"},
      {"OPTIONS * HTTP/1.1", 200, "*"},
      {"OPTIONS /a HTTP/1.1", 200, "/a"},
      {"GET * HTTP/1.1", 400, ""},
      {"OPTIONS ** HTTP/1.1", 400, ""},
      {"GET index.html HTTP/1.1", 400, ""},
      {"GET ?a HTTP/1.1", 400, ""},
      {"GET http HTTP/1.1", 400, ""},
      {"GET http:/a HTTP/1.1", 400, ""},
      {"GET http:// HTTP/1.1", 400, ""},
      {"GET http:///a HTTP/1.1", 400, ""},
      {"GET https://?a HTTP/1.1", 400, ""},
      {"GET http://user@example.com/ HTTP/1.1", 400, ""},
      {"GET ftp://example.com/ HTTP/1.1", 400, ""},
      {"GET example.com:443 HTTP/1.1", 400, ""},
      {"GET /a#b HTTP/1.1", 400, ""},
      {"GET /\xc3\xbc HTTP/1.1", 400, ""},
      {"GET /a\tb HTTP/1.1", 400, ""},
      {"GET /a b HTTP/1.1", 400, ""},
  };
  for (const auto& each : cases) {
    CAPTURE(each.line);
    const Parsed parsed = RequestParser().parse(with({}, each.line));
    REQUIRE(status(parsed) == each.status);
    if (each.status == 200) CHECK((*parsed)->target == each.target);
  }
}

TEST_CASE("a request line has three parts and single spaces") {
  for (const char* const line : {"GET", "GET ", "GET /", "GET HTTP/1.1", "GET  HTTP/1.1", "GET  / HTTP/1.1",
                                 "GET /  HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET\t/\tHTTP/1.1",
                                 "GET / HTTP/1.1 x", "GET / x HTTP/1.1", "GET /\tHTTP/1.1", " ", "  "}) {
    CAPTURE(line);
    CHECK(status(with({}, line)) == 400);
  }
}

TEST_CASE("a version is 1.0 or 1.1, a later 1.x is 1.1, another major version is 505, anything else 400") {
  CHECK(request("GET / HTTP/1.0\r\n\r\n").minor_version == 0);
  CHECK(request(with({}, "GET / HTTP/1.1")).minor_version == 1);
  CHECK(request(with({}, "GET / HTTP/1.2")).minor_version == 1);
  CHECK(request(with({}, "GET / HTTP/1.9")).minor_version == 1);
  for (const char* const version : {"HTTP/0.9", "HTTP/2.0", "HTTP/3.1", "HTTP/9.9"}) {
    CHECK(status(fmt::format("GET / {}\r\nHost: a\r\n\r\n", version)) == 505);
  }
  CHECK(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
  for (const char* const version : {"http/1.1", "HTTP/1", "HTTP/1.", "HTTP/11", "HTTP/1.10", "HTTP/01.1", "HTTP/1,1",
                                    "HTTP 1.1", "HTTP/a.1", "HTTP/1.a", "HTTPS/1.1", "1.1", "HTTP/1.1\x0b"}) {
    CAPTURE(version);
    CHECK(status(fmt::format("GET / {}\r\nHost: a\r\n\r\n", version)) == 400);
  }
}

TEST_CASE("garbage in the first bytes is told at once") {
  CHECK(status("\x16\x03\x01") == 400);  // A browser that wants TLS.
  CHECK(status("\x16") == 400);
  CHECK(status("\0"s) == 400);
  CHECK(status(" ") == 400);
  CHECK(status("\xff") == 400);
  CHECK(status("G\x01") == 400);
  CHECK(status("SSH-2.0-") == 501);
  CHECK(status("OPTIONS") == 0);
  CHECK(status("OPTIONSX") == 501);
  CHECK(status("{\"a\"") == 400);
}

// --- header fields -----------------------------------------------------------------------------------------------

TEST_CASE("a header line is a name, a colon at once, and a value") {
  for (const char* const good : {"A:b", "A: b", "A:\tb\t", "A:", "A: ", "a-b_c!#$%&'*+.^`|~9: x", "A: b:c: d",
                                 "A: \xc3\xbc", "A: a\tb", "A: \"quoted, text\""}) {
    CAPTURE(good);
    CHECK(status(with_field(good)) == 200);
  }
  for (const char* const bad : {"A", "A b", "A : b", "A\t: b", ":b", ": b", ":", " A: b", "\tA: b", "A B: c",
                                "\"A\": b", "A(b): c", "A/b: c", "\xc3\xbc: a", "A\x7f: b"}) {
    CAPTURE(bad);
    CHECK(status(with_field(bad)) == 400);
  }
}

TEST_CASE("a line that continues the one before is 400, also as the first one") {
  CHECK(status(with({"A: b", " c"})) == 400);
  CHECK(status(with({"A: b", "\tc"})) == 400);
  CHECK(status(with({"A: b", " "})) == 400);
  CHECK(status("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == 400);
  CHECK(status(with({"Content-Length: 5", " 0"})) == 400);
}

TEST_CASE("a control character is 400 at once, wherever it is") {
  for (int code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    if (c == '\t' || c == '\n' || c == '\r' || (code >= 0x20 && code != 0x7f)) continue;
    CAPTURE(code);
    CHECK(status("GE"s + c) == 400);
    CHECK(status("GET /"s + c) == 400);
    CHECK(status("GET / HTTP/1.1"s + c) == 400);
    CHECK(status("GET / HTTP/1.1\r\nA"s + c) == 400);
    CHECK(status("GET / HTTP/1.1\r\nA: b"s + c) == 400);
  }
}

TEST_CASE("a CR that no LF follows is 400") {
  for (const char* const text :
       {"\rG", "\r\r", "GET\r ", "GET /\r ", "GET / HTTP/1.1\rH", "GET / HTTP/1.1\r\r", "GET / HTTP/1.1\r\nA: b\rc",
        "GET / HTTP/1.1\r\nA: b\r\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\rG", "GET / HTTP/1.1\r\nHost\r: a"}) {
    CAPTURE(text);
    CHECK(status(text) == 400);
  }
  CHECK(status("GET / HTTP/1.1\r") == 0);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\n\r") == 0);
}

TEST_CASE("HTTP/1.1 has exactly one host, HTTP/1.0 at most one") {
  CHECK(status("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status("GET / HTTP/1.2\r\n\r\n") == 400);
  CHECK(status("GET http://a/ HTTP/1.1\r\n\r\n") == 400);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nhOsT: b\r\n\r\n") == 400);
  CHECK(status("GET / HTTP/1.0\r\n\r\n") == 200);
  CHECK(status("GET / HTTP/1.0\r\nHost: a\r\n\r\n") == 200);
  CHECK(status("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
  for (const char* const good : {"", "a", "a.b:80", "127.0.0.1", "[::1]:80", "a:", "x--y.example", "%41"}) {
    CHECK(status(fmt::format("GET / HTTP/1.1\r\nHOST:{}\r\n\r\n", good)) == 200);
  }
  for (const char* const bad : {"a b", "a/b", "a@b", "a?b", "a#b", "http://a", "a\\b", "<a>", "\xc3\xbc", "a\tb"}) {
    CAPTURE(bad);
    CHECK(status(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", bad)) == 400);
  }
}

TEST_CASE("Connection decides over keep-alive: a list of words in any case, in one field or several; close wins") {
  const struct {
    int minor;
    std::vector<std::string> fields;
    bool keep;
  } cases[] = {
      {1, {}, true},
      {0, {}, false},
      {1, {"Connection: close"}, false},
      {1, {"connection:CLOSE"}, false},
      {1, {"Connection: Upgrade, close ,x"}, false},
      {1, {"Connection: Upgrade", "Connection: close"}, false},
      {1, {"Connection: keep-alive, close"}, false},
      {1, {"Connection: close", "Connection: keep-alive"}, false},
      {1, {"Connection: ,, close"}, false},
      {1, {"Connection: closed"}, true},
      {1, {"Connection: not close"}, true},
      {1, {"Connection:"}, true},
      {1, {"Proxy-Connection: close"}, true},
      {0, {"Connection: keep-alive"}, true},
      {0, {"CONNECTION: Keep-Alive"}, true},
      {0, {"Connection: foo,\tKeep-Alive\t"}, true},
      {0, {"Connection: foo", "Connection: keep-alive"}, true},
      {0, {"Connection: keep-alive, foo"}, true},
      {0, {"Connection: keep-alive", "Connection: foo"}, true},
      {0, {"Connection: keep-alive", "Connection: close"}, false},
      {0, {"Connection: keepalive"}, false},
      {0, {"Keep-Alive: timeout=5"}, false},
  };
  for (const auto& each : cases) {
    const std::string text = with(each.fields, fmt::format("GET / HTTP/1.{}", each.minor));
    CAPTURE(text);
    CHECK(request(text).keep_alive == each.keep);
  }
}

TEST_CASE("Expect: 100-continue is noted when there is a body to wait for, another expectation is 417") {
  CHECK(request(with({"Expect: 100-continue", "Content-Length: 5"})).expects_continue);
  CHECK(request(with({"expect:\t100-Continue", "Content-Length: 5"})).expects_continue);
  CHECK_FALSE(request(with_field("Expect: 100-continue")).expects_continue);
  CHECK_FALSE(request(with({"Expect: 100-continue", "Content-Length: 0"})).expects_continue);
  CHECK_FALSE(request(with({"Expect: 100-continue", "Content-Length: 5"}, "POST / HTTP/1.0")).expects_continue);
  CHECK(status(with_field("Expect: 200-ok")) == 417);
  CHECK(status(with_field("Expect: 100-continue, x")) == 417);
  CHECK(status(with({"Expect: 100-continue", "Expect: x"})) == 417);
  CHECK(status(with({"Expect: x", "Expect: 100-continue"})) == 417);
  CHECK(status(with({"Expect: x"}, "GET / HTTP/1.0")) == 200);
}

// --- where a body ends: nobody may see two requests where another sees one ---------------------------------------

TEST_CASE("a content length is digits, once or several times the same") {
  const std::pair<const char*, std::uint64_t> good[] = {{"0", 0},        {"5", 5},    {"  5 ", 5},
                                                        {"\t5\t", 5},    {"005", 5},  {"5, 5", 5},
                                                        {"5,5 ,\t5", 5}, {"5,05", 5}, {"1048576", 1048576}};
  for (const auto& [value, length] : good) {
    CAPTURE(value);
    CHECK(request(with_field(fmt::format("Content-Length:{}", value))).content_length == length);
  }
  CHECK(request(with({"Content-Length: 5", "content-length: 5"})).content_length == 5);
  for (const char* const bad : {"",
                                " ",
                                "+5",
                                "-5",
                                "-0",
                                "0x10",
                                "5 5",
                                "5;",
                                "5,",
                                ",5",
                                "5,,5",
                                ",",
                                "5, 6",
                                "6,5,5",
                                "5.0",
                                "1e3",
                                "five",
                                "5a",
                                "a5",
                                "\"5\"",
                                "\xd9\xa5",
                                "99999999999999999999",
                                "18446744073709551616",
                                "184467440737095516150",
                                "-18446744073709551615",
                                "5, x"}) {
    CAPTURE(bad);
    CHECK(status(with_field(fmt::format("Content-Length: {}", bad))) == 400);
  }
  CHECK(status(with({"Content-Length: 5", "Content-Length: 6"})) == 400);
  CHECK(status(with({"Content-Length: 5", "Content-Length: 0"})) == 400);
  CHECK(status(with({"Content-Length: 0", "Content-Length: 5"})) == 400);
  CHECK(status(with({"Content-Length: 5", "Content-Length:"})) == 400);
  CHECK(status(with({"Content-Length: 9999999999", "Content-Length: 5"})) == 400);
  CHECK(status(with_field("Content-Length : 5")) == 400);
  CHECK(status(with_field("Content-Length\x0b: 5")) == 400);
  CHECK(status(with_field("Content-Length: 5\0"s)) == 400);
  CHECK(status(with_field("Content-Length: \r5")) == 400);
}

TEST_CASE("a transfer encoding is never read: 501 alone, 400 beside a content length or in HTTP/1.0") {
  for (const char* const value :
       {"chunked", "Chunked", "gzip, chunked", "identity", "xchunked", "", "chunked, chunked"}) {
    CAPTURE(value);
    const std::string field = fmt::format("tRANSFER-eNCODING: {}", value);
    CHECK(status(with({field}, "POST / HTTP/1.1")) == 501);
    CHECK(status(with({field, "Content-Length: 5"}, "POST / HTTP/1.1")) == 400);
    CHECK(status(with({"Content-Length: 5", field}, "POST / HTTP/1.1")) == 400);
    CHECK(status(with({"Content-Length: 0", field}, "POST / HTTP/1.1")) == 400);
    CHECK(status(with({field}, "POST / HTTP/1.0")) == 400);
  }
  CHECK(status(with_field("Transfer-Encoding : chunked")) == 400);
  CHECK(status(with_field("Transfer-Encoding\x0b: chunked")) == 400);
  CHECK(status(with({"X: y", " Transfer-Encoding: chunked"})) == 400);
  CHECK(status(with({"Transfer-Encoding: chunked", "Transfer-Encoding: identity"})) == 501);
}

TEST_CASE("requests that follow each other are found one by one, bodies between them skipped") {
  const std::string text =
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET /no HTTP/1.1\r\n"
      "\r\nGET /2 HTTP/1.1\nHost: a\n\nHEAD /3 HTTP/1.0\r\n\r\nGET /4 HTTP/1.1\r\n\r\nGET /5 HTTP/1.1\r\nHost: "
      "a\r\n\r\n";
  const auto all = [](std::size_t) { return false; };
  CHECK(told(text, all) ==
        "POST /1 1.1 keep true continue false body 18 head 49\n"
        "GET /2 1.1 keep true continue false body 0 head 27\n"
        "HEAD /3 1.0 keep false continue false body 0 head 20\n"
        "400 HTTP/1.1 without a host");
}

TEST_CASE("what one request said is forgotten at the next") {
  RequestParser parser;
  const std::string first =
      with({"Connection: close", "Content-Length: 5", "Expect: 100-continue"}, "PUT http://a HTTP/1.0");
  REQUIRE(status(parser.parse(first)) == 200);
  const Parsed second = parser.parse(with({}));
  REQUIRE(status(second) == 200);
  CHECK((*second)->keep_alive);
  CHECK((*second)->content_length == 0);
  CHECK((*second)->method == "GET");
  CHECK((*second)->target == "/");
  CHECK(status(parser.parse("GET / HTTP/1.1\r\n\r\n")) == 400);
}

TEST_CASE("a request owns its words: the buffer may go") {
  std::string buffer = "DELETE /a/long/path/that/no/string/keeps/inside HTTP/1.1\r\nHost: a\r\n\r\n";
  const Request got = request(buffer);
  buffer.assign(buffer.size(), 'x');
  CHECK(got.method == "DELETE");
  CHECK(got.path() == "/a/long/path/that/no/string/keeps/inside");
}

// --- limits ------------------------------------------------------------------------------------------------------

TEST_CASE("empty lines before a request are skipped, up to the limit") {
  const Limits limits = {.empty_lines = 3};
  CHECK(status("\r\n\n\r\n" + with({}), limits) == 200);
  CHECK(status("\r\n\n\r\n\n", limits) == 400);
  CHECK(status("\n\n\n", limits) == 0);
  CHECK(status("\n\n\n\r", limits) == 0);
  CHECK(status("\n", {.empty_lines = 0}) == 400);
  CHECK(request("\r\n" + with({})).consumed == 2 + with({}).size());
}

TEST_CASE("a request line is as long as the limit, and 414 at the byte after it") {
  const Limits limits = {.request_line = 40};
  const std::string fitting = "GET /" + std::string(26, 'x') + " HTTP/1.1";
  REQUIRE(fitting.size() == 40);
  CHECK(status(with({}, fitting), limits) == 200);
  CHECK(status(fitting + "\r", limits) == 0);
  CHECK(status(fitting + "1", limits) == 414);
  CHECK(status("GET /" + std::string(35, 'x'), limits) == 0);
  CHECK(status("GET /" + std::string(36, 'x'), limits) == 414);
  CHECK(status("GET /" + std::string(7995, 'x')) == 0);
  CHECK(status("GET /" + std::string(7996, 'x')) == 414);
  CHECK(status("\r\n\r\n" + with({}, fitting), limits) == 200);
}

TEST_CASE("a header is as large as the limit, and 431 at the byte after it, in one line or many") {
  const std::string one = with_field("A: " + std::string(500, 'x'));
  const std::string many = with(std::vector<std::string>(50, "A: xxxxx"));
  for (const std::string& text : {one, many}) {
    const std::size_t size = text.size() - text.find("Host");
    CHECK(status(text, {.header_bytes = size}) == 200);
    CHECK(status(text, {.header_bytes = size - 1}) == 431);
    CHECK(status(text.substr(0, text.size() - 1), {.header_bytes = size - 1}) == 0);
    CHECK(status(text, {.header_bytes = 100}) == 431);
  }
  CHECK(status("GET / HTTP/1.1\r\n" + std::string(16 * 1024, 'x')) == 0);
  CHECK(status("GET / HTTP/1.1\r\n" + std::string(16 * 1024 + 1, 'x')) == 431);
}

TEST_CASE("there are as many header fields as the limit, and 431 at the one after them") {
  const Limits limits = {.header_fields = 10};
  CHECK(status(with(std::vector<std::string>(9, "A: b")), limits) == 200);
  CHECK(status(with(std::vector<std::string>(10, "A: b")), limits) == 431);
  CHECK(status(with(std::vector<std::string>(99, "A: b"))) == 200);
  CHECK(status(with(std::vector<std::string>(100, "A: b"))) == 431);
}

TEST_CASE("a body is as large as the limit, and 413 when it says to be larger") {
  CHECK(status(with_field("Content-Length: 10"), {.body_bytes = 10}) == 200);
  CHECK(status(with_field("Content-Length: 11"), {.body_bytes = 10}) == 413);
  CHECK(status(with_field("Content-Length: 1"), {.body_bytes = 0}) == 413);
  CHECK(status(with_field("Content-Length: 0"), {.body_bytes = 0}) == 200);
  CHECK(status(with_field("Content-Length: 1048576")) == 200);
  CHECK(status(with_field("Content-Length: 1048577")) == 413);
  CHECK(status(with_field("Content-Length: 18446744073709551615")) == 413);
  CHECK(status(with_field("Content-Length: 18446744073709551615"), {.body_bytes = 18446744073709551615u}) == 200);
}

TEST_CASE("a buffer of the size that the limits name is always enough to decide") {
  const Limits limits = {.empty_lines = 2, .request_line = 20, .header_bytes = 30, .header_fields = 5, .body_bytes = 1};
  const std::string longest = "\r\n\r\nGET /xxxxxx HTTP/1.1\r\nHost: " + std::string(24, 'a');
  REQUIRE(longest.size() == limits.head() - 1);
  CHECK(status(longest, limits) == 0);
  for (int code = 0; code < 256; ++code) CHECK(status(longest + static_cast<char>(code), limits) != 0);
}

// --- pieces ------------------------------------------------------------------------------------------------------

std::vector<std::string> corpus() {
  const std::string get = with({});
  const std::string post = with({"Content-Length: 7", "Expect: 100-continue"}, "POST /a HTTP/1.1") + "a body!";
  return {
      get,
      get + get + get,
      post + get + "\r\n\r\n" + post + post + "BAD",
      with({"Connection: close", "Accept: */*"}, "HEAD http://a.b:80?c HTTP/1.1"),
      "GET / HTTP/1.0\nConnection: keep-alive\n\nGET / HTTP/1.0\n\n",
      "\r\n\n\r\n\n" + get,
      "\r\n\n\r\n\n\n" + get,
      with({"Content-Length: 5", "Content-Length: 6"}),
      with({"Content-Length: 5", "Transfer-Encoding: chunked"}),
      with({"Transfer-Encoding: chunked"}) + "5\r\nhello\r\n0\r\n\r\n",
      with({"A: b", " folded"}),
      with({"A : b"}),
      with({"A: b\rc"}),
      with({"A: b\0c"s}),
      with({"Expect: nothing"}),
      with({"Content-Length: 99999999"}),
      with({}, "GET /" + std::string(9000, 'x') + " HTTP/1.1"),
      with({"A: " + std::string(20000, 'x')}),
      with({}, "PROPFIND / HTTP/1.1"),
      with({}, "PATCHES / HTTP/7.1"),
      with({}, "GET / HTTP/2.0"),
      with({}, "CONNECT a:1 HTTP/1.1"),
      "GET / HTTP/1.1\r\n\r\n",
      "\x16\x03\x01\x02",
      "GET / HTT",
  };
}

TEST_CASE("cutting the bytes in two anywhere changes nothing") {
  const auto whole = [](std::size_t) { return false; };
  for (const Limits& limits :
       {Limits(), Limits{.empty_lines = 1, .request_line = 18, .header_bytes = 40, .header_fields = 2}}) {
    for (const std::string& text : corpus()) {
      const std::string expected = told(text, whole, limits);
      const std::size_t step = text.size() > 1000 ? 97 : 1;
      for (std::size_t cut = 1; cut < text.size(); cut += step) {
        const std::string got = told(text, [cut](std::size_t end) { return end == cut; }, limits);
        if (got != expected)
          FAIL_CHECK("cut at " << cut << ":\n" << got << "\ninstead of\n" << expected << "\nin\n" << text);
      }
    }
  }
}

TEST_CASE("a byte at a time, or three, changes nothing") {
  const auto whole = [](std::size_t) { return false; };
  for (const std::string& text : corpus()) {
    for (const std::size_t size : {1u, 2u, 3u, 7u}) {
      if (text.size() > 1000 && size < 7) continue;
      CHECK(told(text, [size](std::size_t end) { return end % size == 0; }) == told(text, whole));
    }
  }
}

TEST_CASE("a line that has been read is not looked at again: slow clients cost no more than fast ones") {
  const std::string text = with(std::vector<std::string>(90, "A: " + std::string(100, 'x')));
  RequestParser parser;
  std::string buffer;
  for (const char byte : text) {
    buffer += byte;
    const Parsed parsed = parser.parse(buffer);
    if (byte == '\n') std::fill(buffer.begin(), buffer.end(), '\0');
    REQUIRE(status(parsed) == (buffer.size() == text.size() ? 200 : 0));
  }
}

TEST_CASE("a mistake is final, whatever comes after it") {
  for (const std::string& text : corpus()) {
    RequestParser parser;
    const Parsed first = parser.parse(text);
    if (first) continue;
    for (const std::string& more : {""s, text, text + "x", text + with({})}) {
      const Parsed again = parser.parse(more);
      REQUIRE_FALSE(again.has_value());
      CHECK(again.error().status == first.error().status);
      CHECK(again.error().why == first.error().why);
    }
  }
}

TEST_CASE("every mistake has a status that has a reason, and a sentence for the log") {
  for (const std::string& text : corpus()) {
    const Parsed parsed = RequestParser().parse(text);
    if (parsed) continue;
    CHECK_FALSE(parsed.error().why.empty());
    CHECK_FALSE(hello::reason_phrase(parsed.error().status).empty());
  }
}

// --- responses ---------------------------------------------------------------------------------------------------

TEST_CASE("a response says its status, its type, its length, and whether the connection stays") {
  CHECK(respond({.body = "Hello!"}) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\nConnection: "
        "keep-alive\r\n\r\n"
        "Hello!");
  CHECK(respond({.status = 405,
                 .body = "No.",
                 .content_type = "text/html",
                 .more_fields = "Allow: GET, HEAD\r\n",
                 .keep_alive = false}) ==
        "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n"
        "Allow: GET, HEAD\r\n\r\nNo.");
}

TEST_CASE("the answer to a HEAD is the answer to the GET, without its body") {
  const std::string get = respond({.body = "Hello!"});
  CHECK(respond({.body = "Hello!", .without_body = true}) + "Hello!" == get);
}

TEST_CASE("every status that a server of this lesson sends has its reason") {
  for (const int code : {200, 400, 404, 405, 408, 413, 414, 417, 431, 501, 503, 505}) {
    CHECK_FALSE(hello::reason_phrase(code).empty());
    CHECK(respond({.status = code}).starts_with(fmt::format("HTTP/1.1 {} {}\r\n", code, hello::reason_phrase(code))));
  }
  CHECK(hello::reason_phrase(299).empty());
}

}  // namespace
