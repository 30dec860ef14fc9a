#pragma once
// Door: a listener whose clients the test sends in, and the clients. The connections are pairs of Unix sockets, so that
// what is written on one side is there on the other at once, and virtual time can be trusted.

#include <kettle/buf_reader.hpp>
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/timeout.hpp>
#include <kettle/unix_stream.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "story.hpp"
#include "timeline.hpp"

namespace door {

using kettle::Task;

/// Two connected streams. `name` is what the server's end, the first, calls the other. A small `room` makes the server
/// wait soon when the client does not read.
inline std::pair<kettle::UnixStream, kettle::UnixStream> make_pair(const std::string& name, int room = 0) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) kettle::throw_io_error(errno, "make a pair of sockets");
  if (room != 0) setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  kettle::Socket second(ends[1]);
  kettle::UnixStream server(ends[0], name);
  return {std::move(server), kettle::UnixStream(second.release(), "the server")};
}

/// A listener. accept() gives the next client that the test sends in.
class Door {
 public:
  Door() : Door(kettle::mpsc::unbounded<kettle::UnixStream>()) {}
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// A client comes. Returns the client's end of a new connection.
  kettle::UnixStream connect(const std::string& name, int room = 0) {
    auto [server, client] = make_pair(name, room);
    static_cast<void>(sender_->try_send(std::move(server)));
    return std::move(client);
  }

  /// From now on accept() throws.
  void break_down() { sender_.reset(); }

  Task<kettle::UnixStream> accept() {
    std::optional<kettle::UnixStream> stream = co_await receiver_.recv();
    if (stream.has_value()) co_return std::move(*stream);
    if (++failed_accepts >= 100) co_await kettle::sleep_until(kettle::never);  // Whoever asks for ever, waits for ever.
    story::step("accept throws: the listener is of no more use");
    throw std::system_error(EBADF, std::generic_category(), "accept at the door");
  }

  /// How often accept() has thrown.
  int failed_accepts = 0;

 private:
  using Ends = std::pair<kettle::mpsc::Sender<kettle::UnixStream>, kettle::mpsc::Receiver<kettle::UnixStream>>;
  explicit Door(Ends ends) : sender_(std::move(ends.first)), receiver_(std::move(ends.second)) {}
  std::optional<kettle::mpsc::Sender<kettle::UnixStream>> sender_;
  kettle::mpsc::Receiver<kettle::UnixStream> receiver_;
};

/// Somebody at the other end of a connection. What happens to them is a step of the story.
template <class Stream>
class Client {
 public:
  Client(std::string name, Stream stream, kettle::Duration patience = std::chrono::minutes(10))
      : name_(std::move(name)),
        stream_(std::make_unique<Stream>(std::move(stream))),
        reader_(std::make_unique<kettle::BufReader<Stream>>(*stream_)),
        patience_(patience) {
    story::step("{}{} connects", at(), name_);
  }

  /// Writes `text` as it is: a line has its \n. Fails when the server does not take it.
  Task<> say(std::string text) {
    Task<bool> saying = try_say(std::move(text));
    const bool said = co_await saying;
    if (!said) story::fail(name_ + " can send it", "the server has closed the connection");
  }

  /// The same. False when the server has closed the connection.
  Task<bool> try_say(std::string text) {
    story::step("{}{} sends {}", at(), name_, quote(text));
    try {
      auto sent = co_await kettle::timeout(patience_, stream_->write_all(text));
      if (!sent.has_value()) story::fail(name_ + " can send it", "the server reads nothing");
    } catch (const std::system_error&) {
      co_return false;
    }
    co_return true;
  }

  /// The next line, in quotes; or "nothing, for a long time", "the end of the connection", "an error".
  Task<std::string> hear() {
    std::string heard;
    try {
      auto line = co_await kettle::timeout(patience_, reader_->read_line(100'000));
      heard = !line.has_value()    ? "nothing, for a long time"
              : !line->has_value() ? "the end of the connection"
                                   : quote(**line);
    } catch (const std::system_error&) {
      heard = "an error";
    }
    story::step("{}{} gets {}", at(), name_, heard);
    co_return heard;
  }

  /// Fails unless the next line is `wanted`.
  Task<> expect_line(std::string wanted) {
    Task<> hearing = expect(quote(wanted));
    co_await hearing;
  }

  /// Fails unless the server closes the connection.
  Task<> expect_end() {
    Task<> hearing = expect("the end of the connection");
    co_await hearing;
  }

  /// Closes the connection.
  void leave() {
    story::step("{}{} closes the connection", at(), name_);
    stream_.reset();
  }

  Stream& stream() { return *stream_; }
  kettle::BufReader<Stream>& reader() { return *reader_; }
  const std::string& name() const { return name_; }

 private:
  static std::string quote(std::string_view text) {
    std::string quoted;
    for (const char letter : text.substr(0, 40)) quoted += letter == '\n' ? std::string("\\n") : std::string(1, letter);
    return text.size() > 40 ? fmt::format("\"{}\"... ({} bytes)", quoted, text.size()) : fmt::format("\"{}\"", quoted);
  }
  std::string at() const {  // Only where time is virtual, and has begun.
    if (patience_ < std::chrono::seconds(10) || kettle::Clock::now() == kettle::Instant()) return "";
    return story::show_now() + ": ";
  }
  Task<> expect(std::string wanted) {
    Task<std::string> hearing = hear();
    const std::string heard = co_await hearing;
    if (heard != wanted) story::fail(fmt::format("{} gets {}", name_, wanted), heard);
  }

  std::string name_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<kettle::BufReader<Stream>> reader_;
  kettle::Duration patience_;
};

/// While it lives, exceptions that leave tasks which nobody joins are steps of the story, and are counted.
class NotedErrors {
 public:
  explicit NotedErrors(std::function<void()> then = [] {}) {
    count = 0;
    then_ = std::move(then);
    before_ = kettle::on_detached_error([](const kettle::DetachedError&) {
      ++count;
      story::note("an exception leaves a spawned task, and nobody joins it");
      then_();
    });
  }
  ~NotedErrors() { kettle::on_detached_error(before_); }
  NotedErrors(const NotedErrors&) = delete;
  NotedErrors& operator=(const NotedErrors&) = delete;

  static inline int count = 0;

 private:
  static inline std::function<void()> then_;
  kettle::DetachedErrorHook before_;
};

}  // namespace door
