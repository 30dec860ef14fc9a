// Taking connections in, a conversation with each, and coming to an end.
#include "server.hpp"

#include <kettle/join_handle.hpp>
#include <kettle/select.hpp>
#include <kettle/timeout.hpp>
#include <kettle/yield.hpp>

#include <algorithm>
#include <exception>
#include <span>
#include <string>

namespace hello {

using kettle::Clock;
using kettle::later;
using kettle::select_biased;
using kettle::Shutdown;
using kettle::Task;
using kettle::TcpStream;

namespace {

constexpr std::size_t piece = 1024;  // What a read asks for: most requests are smaller.
constexpr std::size_t farewell_bytes = 256 * 1024;

// The end of a conversation that needs no last answer: the client is gone, or has had its say.
BadRequest end_of_talk(std::string_view why = {}) { return BadRequest{0, why}; }

}  // namespace

Server::Server(kettle::TcpListener listener, const ServerOptions& options)
    : options_(options), listener_(std::move(listener)), places_(options.connections) {}

// #region serve
Task<> Server::serve() {
  for (;;) {
    auto place = co_await places_.acquire();
    TcpStream stream = co_await listener_->accept();
    kettle::spawn("connection", converse(std::move(stream), std::move(*place)));
    co_await kettle::yield_now();  // A long queue of newcomers does not keep those waiting who are in.
  }
}
// #endregion

// #region converse
Task<> Server::converse(TcpStream stream, [[maybe_unused]] kettle::SemaphorePermit place) {
  Connection client(std::move(stream), options_.limits);
  ++connections_;
  try {
    Task<BadRequest> requests = answer_requests(client);
    const BadRequest end = co_await requests;
    Task<> last_words = refuse(client, end);
    co_await last_words;
  } catch (const std::exception& error) {
    log_.complain(error.what());
  }
}
// #endregion

// Request after request: most of them cost one read and one write, and no memory. Returns why there are no more.
Task<BadRequest> Server::answer_requests(Connection& client) {
  for (;;) {
    // #region receive
    expect_request(client);
    Parsed parsed = client.parse();
    while (parsed && !parsed->has_value()) {
      auto read = co_await select_biased(client.stream.read(client.buffer.room(piece)), client.patience);
      parsed = take(client, read);
    }
    if (!parsed) co_return parsed.error();
    const Request& request = **parsed;
    // #endregion

    client.patience.last_until(later(client.began, options_.request));
    if (request.content_length != 0) {
      Task<std::optional<BadRequest>> skipping = skip_body(client, request);
      const std::optional<BadRequest> bad = co_await skipping;
      if (bad) co_return *bad;
    }

    const bool keep_alive = request.keep_alive && !is_stopping_;
    auto sent = co_await select_biased(client.stream.write_all(site_.answer(request, keep_alive)), client.patience);
    if (sent.index() == 1) co_return end_of_talk("does not take its answer");
    ++requests_;
    if (!keep_alive) co_return end_of_talk();
    if (!client.buffer.bytes().empty()) co_await kettle::yield_now();  // It has sent ahead: others first.
  }
}

Parsed Server::Connection::parse() {
  Parsed parsed = parser.parse(buffer.bytes());
  if (parsed && parsed->has_value()) buffer.drop((*parsed)->consumed);
  return parsed;
}

void Server::expect_request(Connection& client) {
  client.began = Clock::now();
  const bool has_begun = !client.buffer.bytes().empty();
  client.patience.last_until(later(client.began, has_begun ? options_.head : options_.idle));
  if (has_begun) return;
  idle_.push_back(client);
  if (is_stopping_) end_idle();
}

Parsed Server::take(Connection& client, const BytesOrLate& read) {
  const bool was_idle = client.buffer.bytes().empty();
  if (read.index() == 1 && was_idle) return std::unexpected(end_of_talk());
  if (read.index() == 1) return std::unexpected(BadRequest{408, "a request that does not end"});
  const std::size_t count = std::get<0>(read);
  if (count == 0) return std::unexpected(end_of_talk(was_idle ? "" : "gone in the middle of a request"));
  if (was_idle) {
    client.unlink();
    client.began = Clock::now();
    client.patience.last_until(later(client.began, options_.head));
  }
  client.buffer.add(count);
  return client.parse();
}

// Nobody here wants a body, but the next request comes after it. Returns what is wrong with it, if anything is.
Task<std::optional<BadRequest>> Server::skip_body(Connection& client, const Request& request) {
  if (request.expects_continue) {
    const int status = site_.status(request);
    if (status != 200) co_return BadRequest{status, ""};  // Asked whether to send it: no.
    auto sent = co_await select_biased(client.stream.write_all(continue_response), client.patience);
    if (sent.index() == 1) co_return end_of_talk("does not take its answer");
  }
  std::uint64_t left = request.content_length;
  for (;;) {
    const std::uint64_t here = std::min<std::uint64_t>(left, client.buffer.bytes().size());
    client.buffer.drop(here);
    left -= here;
    if (left == 0) co_return std::nullopt;
    auto read = co_await select_biased(client.stream.read(client.buffer.room(piece)), client.patience);
    if (read.index() == 1) co_return BadRequest{408, "a body that does not end"};
    if (std::get<0>(read) == 0) co_return end_of_talk("gone in the middle of a body");
    client.buffer.add(std::get<0>(read));
  }
}

// The client may still be sending. To close now would make the system answer that with a reset, and a reset can reach
// the client before it has read why. So: say it, end our direction, and listen for a while.
// #region refuse
Task<> Server::refuse(Connection& client, BadRequest why) {
  if (!why.why.empty()) log_.complain(client.stream.name() + ": " + std::string(why.why));
  if (why.status == 0) co_return;
  client.patience.last_until(later(Clock::now(), options_.farewell));
  const std::string text = Site::refusal(why.status);
  auto sent = co_await select_biased(client.stream.write_all(text), client.patience);
  if (sent.index() == 1) co_return;
  client.stream.shutdown(Shutdown::write);
  for (std::size_t heard = 0; heard < farewell_bytes;) {
    auto read = co_await select_biased(client.stream.read(client.buffer.room(piece)), client.patience);
    if (read.index() == 1 || std::get<0>(read) == 0) co_return;
    heard += std::get<0>(read);
  }
}
// #endregion

// #region drain
Task<bool> Server::drain() {
  is_stopping_ = true;
  listener_.reset();
  end_idle();
  auto all = co_await kettle::timeout(options_.drain, places_.acquire(options_.connections));
  co_return all.has_value();
}

void Server::end_idle() {
  while (Connection* const client = idle_.pop_front()) client->stream.shutdown(Shutdown::read);
}
// #endregion

}  // namespace hello
