// The promises of lesson 10's server: order, limits of time and number, refusals that arrive, and its end. Clients and
// server share a thread; sockets and clock are real, but no limit that must not be met is shorter than a minute.
#include "server.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <kettle/block_on.hpp>
#include <kettle/frame_allocator.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/yield.hpp>

#include <sys/socket.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using hello::Server;
using hello::ServerOptions;
using kettle::SocketAddress;
using kettle::Task;
using kettle::TcpListener;
using kettle::TcpStream;
using namespace std::chrono_literals;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view last_get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
constexpr std::string_view asks_first =
    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";

// --- helpers -----------------------------------------------------------------------------------------------------

// Limits that are not met, except where a test sets one.
ServerOptions patient() {
  ServerOptions options;
  options.idle = options.head = options.request = options.farewell = options.drain = 1h;
  return options;
}

struct World {
  explicit World(const ServerOptions& options) : World(TcpListener::bind(SocketAddress::loopback(0)), options) {}
  World(TcpListener listener, const ServerOptions& options)
      : address(listener.local_address()), server(std::move(listener), options) {}

  SocketAddress address;
  Server server;
};

Task<> serve_for(World& world, Task<> clients) {
  const auto serving = kettle::spawn("server", world.server.serve());
  co_await clients;
}

using Clients = Task<> (*)(World&);

// The clients, and the server for as long as they take.
void run(const ServerOptions& options, Clients clients) {
  World world(options);
  kettle::block_on(serve_for(world, clients(world)));
}

Task<std::string> read_to_end(TcpStream& client) {
  std::string all;
  char piece[4096];
  for (;;) {
    const std::size_t count = co_await client.read(piece);
    if (count == 0) co_return all;
    all.append(piece, count);
  }
}

// What comes back for `bytes`, until the server closes.
Task<std::string> answers(World& world, std::string bytes) {
  Task<TcpStream> connecting = TcpStream::connect(world.address);
  TcpStream client = co_await connecting;
  co_await client.write_all(bytes);
  Task<std::string> reading = read_to_end(client);
  co_return co_await reading;
}

// One answer of `size` bytes.
Task<std::string> read_answer(TcpStream& client, std::size_t size) {
  std::string answer(size, ' ');
  co_await client.read_exact(answer);
  co_return answer;
}

Task<std::string> ask(TcpStream& client, std::string_view question, std::size_t size) {
  co_await client.write_all(question);
  Task<std::string> reading = read_answer(client, size);
  co_return co_await reading;
}

std::size_t page_size() {
  static const std::size_t size = hello::Site().answer(**hello::RequestParser().parse(get), true).size();
  return size;
}

std::vector<std::string> status_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = text.find("HTTP/1.1 "); at != text.npos; at = text.find("HTTP/1.1 ", at + 1)) {
    lines.emplace_back(text.substr(at + 9, text.find('\r', at) - at - 9));
  }
  return lines;
}

// --- answers -----------------------------------------------------------------------------------------------------

Task<> sends_ahead(World& world) {
  const std::string questions = fmt::format(
      "{}HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"
      "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc{}",
      get, last_get);
  Task<std::string> asking = answers(world, questions);
  const std::string text = co_await asking;
  CHECK(status_lines(text) ==
        std::vector<std::string>{"200 OK", "200 OK", "404 Not Found", "405 Method Not Allowed", "200 OK"});
  CHECK(text.ends_with("</h1>\n"));
  CHECK(world.server.requests() == 5);
}

TEST_CASE("requests that are sent ahead are answered in order, and a body is skipped") { run(patient(), sends_ahead); }

Task<> byte_by_byte(World& world) {
  Task<TcpStream> connecting = TcpStream::connect(world.address);
  TcpStream client = co_await connecting;
  for (const char& byte : last_get) {
    co_await client.write_all(std::string_view(&byte, 1));
    co_await kettle::yield_now();
  }
  Task<std::string> reading = read_to_end(client);
  const std::string text = co_await reading;
  CHECK(status_lines(text) == std::vector<std::string>{"200 OK"});
}

TEST_CASE("a request may come byte by byte") { run(patient(), byte_by_byte); }

Task<> asks_often(World& world) {
  Task<TcpStream> connecting = TcpStream::connect(world.address);
  TcpStream client = co_await connecting;
  Task<std::string> first = ask(client, get, page_size());
  co_await first;
  const std::size_t before = kettle::frame_bytes;
  char answer[4096];
  for (int i = 0; i < 100; ++i) {
    co_await client.write_all(get);
    co_await client.read_exact(std::span(answer).first(page_size()));
  }
  CHECK(kettle::frame_bytes == before);
}

TEST_CASE("a request on an open connection takes no coroutine of its own") { run(patient(), asks_often); }

// --- refusals ----------------------------------------------------------------------------------------------------

Task<> sends_too_much(World& world) {
  const std::string body(200'000, 'x');
  Task<std::string> asking = answers(world, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" + body);
  const std::string text = co_await asking;
  CHECK(status_lines(text) == std::vector<std::string>{"413 Content Too Large"});
}

TEST_CASE("a refusal reaches a client that is still sending") { run(patient(), sends_too_much); }

Task<> asks_before_sending(World& world) {
  Task<std::string> refused =
      answers(world, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  std::string text = co_await refused;
  CHECK(status_lines(text) == std::vector<std::string>{"405 Method Not Allowed"});
  CHECK(text.contains("Allow: GET, HEAD\r\n"));
  Task<std::string> taken = answers(world, fmt::format("{}body{}", asks_first, last_get));
  text = co_await taken;
  CHECK(status_lines(text) == std::vector<std::string>{"100 Continue", "200 OK", "200 OK"});
}

TEST_CASE("a client that asks whether to send its body is told, and only then is it read") {
  run(patient(), asks_before_sending);
}

// --- limits of time ----------------------------------------------------------------------------------------------

Task<> says_nothing(World& world) {
  Task<std::string> asking = answers(world, "");
  const std::string text = co_await asking;
  CHECK(text.empty());
}

TEST_CASE("a client that says nothing is hung up on, without a word") {
  ServerOptions options = patient();
  options.idle = 20ms;
  run(options, says_nothing);
}

Task<> stops_in_the_head(World& world) {
  Task<std::string> asking = answers(world, "GET / HTTP/1.1\r\nHo");
  const std::string text = co_await asking;
  CHECK(status_lines(text) == std::vector<std::string>{"408 Request Timeout"});
}

TEST_CASE("a head that does not end is answered with 408") {
  ServerOptions options = patient();
  options.head = 20ms;
  run(options, stops_in_the_head);
}

Task<> drip(TcpStream& client) {
  co_await client.write_all("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  for (;;) {
    co_await client.write_all("x");
    co_await kettle::yield_now();
  }
}

Task<> never_stops(World& world) {
  Task<TcpStream> connecting = TcpStream::connect(world.address);
  TcpStream client = co_await connecting;
  auto dripping = kettle::spawn("drip", drip(client));
  char answer[100];
  const std::size_t count = co_await client.read(answer);
  CHECK(std::string_view(answer, count).starts_with("HTTP/1.1 408 "));
  dripping.abort();
}

TEST_CASE("the limit is for the whole head, however steadily its bytes come") {
  ServerOptions options = patient();
  options.head = 20ms;
  options.limits.header_bytes = 1'000'000'000;
  run(options, never_stops);
}

Task<> stops_in_the_body(World& world) {
  Task<std::string> asking = answers(world, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  const std::string text = co_await asking;
  CHECK(status_lines(text) == std::vector<std::string>{"408 Request Timeout"});
}

TEST_CASE("a body that does not end is answered with 408") {
  ServerOptions options = patient();
  options.request = 20ms;
  run(options, stops_in_the_body);
}

Task<> does_not_read(World& world) {
  Task<TcpStream> connecting = TcpStream::connect(world.address);
  TcpStream client = co_await connecting;
  std::string many;
  for (int i = 0; i < 1000; ++i) many += get;
  bool is_closed = false;
  try {
    for (;;) co_await client.write_all(many);
  } catch (const std::system_error&) {
    is_closed = true;
  }
  CHECK(is_closed);
}

TEST_CASE("a client that asks and asks and does not read is cut off") {
  ServerOptions options = patient();
  options.request = 20ms;
  run(options, does_not_read);
}

// --- many connections, and bad ones ------------------------------------------------------------------------------

Task<> three_for_two_places(World& world) {
  std::vector<TcpStream> clients;
  for (int i = 0; i < 3; ++i) {
    Task<TcpStream> connecting = TcpStream::connect(world.address);
    TcpStream client = co_await connecting;
    clients.push_back(std::move(client));
  }
  co_await clients[2].write_all(last_get);
  for (int i = 0; i < 10; ++i) {
    Task<std::string> asking = ask(clients[static_cast<std::size_t>(i % 2)], get, page_size());
    co_await asking;
  }
  CHECK(world.server.connections() == 2);
  clients.erase(clients.begin());
  Task<std::string> reading = read_to_end(clients[1]);
  const std::string text = co_await reading;
  CHECK(status_lines(text) == std::vector<std::string>{"200 OK"});
  CHECK(world.server.connections() == 3);
}

TEST_CASE("who comes when all places are taken waits until one is free") {
  ServerOptions options = patient();
  options.connections = 2;
  run(options, three_for_two_places);
}

Task<> resets(World& world, std::string_view part) {
  Task<TcpStream> connecting = TcpStream::connect(world.address);
  TcpStream client = co_await connecting;
  co_await client.write_all(part);
  const linger reset{.l_onoff = 1, .l_linger = 0};
  setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

Task<> bad_clients(World& world) {
  for (const std::string_view part : {std::string_view(), get.substr(0, 5), asks_first, get}) {
    Task<> resetting = resets(world, part);
    co_await resetting;
  }
  Task<std::string> asking = answers(world, std::string(last_get));
  const std::string text = co_await asking;
  CHECK(status_lines(text) == std::vector<std::string>{"200 OK"});
}

TEST_CASE("clients that vanish are nobody's loss") { run(patient(), bad_clients); }

// --- the end -----------------------------------------------------------------------------------------------------

Task<> drain(World& world, bool& all_done) {
  Task<bool> draining = world.server.drain();
  all_done = co_await draining;
}

// An idle client, and one in the middle of a request, when the server stops.
Task<> two_at_the_end(World& world, bool finishes, bool& all_done) {
  auto serving = kettle::spawn("server", world.server.serve());
  Task<TcpStream> first = TcpStream::connect(world.address);
  TcpStream idle = co_await first;
  Task<std::string> asking = ask(idle, get, page_size());
  co_await asking;
  Task<TcpStream> second = TcpStream::connect(world.address);
  TcpStream busy = co_await second;
  Task<std::string> beginning = ask(busy, asks_first, hello::continue_response.size());
  const std::string go_on = co_await beginning;
  CHECK(go_on == hello::continue_response);

  serving.abort();
  auto stopping = kettle::spawn("drain", drain(world, all_done));
  Task<std::string> nothing = read_to_end(idle);
  const std::string more = co_await nothing;
  CHECK(more.empty());
  bool is_refused = false;
  try {
    Task<TcpStream> late = TcpStream::connect(world.address);
    const TcpStream connected = co_await late;
  } catch (const std::system_error& error) {
    is_refused = error.code() == std::errc::connection_refused;
  }
  CHECK(is_refused);
  if (finishes) {
    co_await busy.write_all("body");
    Task<std::string> reading = read_to_end(busy);
    const std::string text = co_await reading;
    CHECK(status_lines(text) == std::vector<std::string>{"200 OK"});
    CHECK(text.contains("Connection: close\r\n"));
  }
  co_await stopping;
}

TEST_CASE("at the end the idle are sent away, nobody comes in, and what has begun is finished") {
  World world(patient());
  bool all_done = false;
  kettle::block_on(two_at_the_end(world, true, all_done));
  CHECK(all_done);
}

TEST_CASE("who does not finish in time is left behind") {
  ServerOptions options = patient();
  options.drain = 20ms;
  World world(options);
  bool all_done = true;
  kettle::block_on(two_at_the_end(world, false, all_done));
  CHECK(!all_done);
}

}  // namespace
