// Mistake: takes the end of what a client says for the end of its request.
// Kind: other answer
// Fails: half a request is none: who ends there does not get the page, and is not in the book
#include <kettle/clock.hpp>
#include <kettle/waker.hpp>
#include <pieces/block_on.hpp>
#include <pieces/countdown.hpp>
#include <pieces/executor.hpp>
#include <pieces/mutex.hpp>
#include <pieces/oneshot.hpp>
#include <pieces/race.hpp>
#include <pieces/reactor.hpp>
#include <pieces/task.hpp>
#include <pieces/timer_queue.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sockets.hpp"

namespace mine {

using kettle::Clock;
using sockets::Descriptor;
using namespace std::chrono_literals;

constexpr kettle::Duration patience = 10s;    // So long may a request take, from the first byte to the last.
constexpr kettle::Duration breath = 100ms;    // So long does nobody try to accept, after that has failed.
constexpr std::size_t most_bytes = 8 * 1024;  // A request that is longer is none.

/// Everything that a thread needs for many tasks and many descriptors.
struct Runtime {
  Reactor reactor;    // These two are the first, so that they go last: tasks that are left take their interests and
  TimerQueue timers;  // their timers out.
  Executor executor;
};

/// What block_on sleeps in: the whole park stack.
class ServerParker {
 public:
  /// Called by block_on while its own future is Pending and nobody has woken it.
  void park() {
    const bool has_run = runtime->executor.run_ready() != 0;
    const bool has_fired = runtime->timers.fire(Clock::now()) != 0;
    runtime->reactor.wait(has_run || has_fired ? kettle::no_wait : runtime->timers.next_deadline());
  }

  /// Called when block_on's own future is woken, on any thread.
  void unpark() noexcept { runtime->reactor.interrupt(); }

  /// Whose tasks, timers and descriptors they are.
  static inline Runtime* runtime = nullptr;
};

/// Runs `future` on this thread, and the runtime's tasks beside it.
template <kettle::Future F>
typename F::Output run(Runtime& runtime, F& future) {
  ServerParker::runtime = &runtime;
  return block_on<ServerParker>(future);
}

/// `co_await pause(runtime, 100ms);`
inline Sleep pause(Runtime& runtime, kettle::Duration length) {
  return Sleep(runtime.timers, kettle::later(Clock::now(), length));
}

/// The connections that are open. A future: Ready when there is none.
class Crowd {
 public:
  using Output = void;

  /// Is held as long as a connection is open.
  class Seat {
   public:
    explicit Seat(Crowd& crowd) : crowd_(&crowd) { ++crowd_->taken_; }
    Seat(Seat&& other) noexcept : crowd_(std::exchange(other.crowd_, nullptr)) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (crowd_ != nullptr && --crowd_->taken_ == 0) crowd_->waiter_.wake();
    }

   private:
    Crowd* crowd_;
  };

  kettle::Poll<> poll(kettle::Context& context) {
    if (taken_ == 0) return kettle::Ready();
    waiter_ = context.waker();
    return kettle::pending;
  }

 private:
  int taken_ = 0;
  kettle::Waker waiter_ = kettle::Waker::noop();
};

/// The visitors' book: a line for each, and how many there are.
struct Book {
  Descriptor lines;
  int visitors = 0;
};

/// What the connections share. It outlives the runtime, because tasks that are left refer to it.
struct Site {
  explicit Site(Descriptor lines) : book(Book(std::move(lines))) {}
  Mutex<Book> book;
  Crowd crowd;
};

/// What comes through the oneshot when the server is to stop.
struct Stop {};

/// The answer to a request.
inline std::string page_for(int visitor) {
  const std::string text = "Hello from async C++!\nYou are visitor " + std::to_string(visitor) + ".\n";
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: " +
         std::to_string(text.size()) + "\r\n\r\n" + text;
}

/// The next client, when there is one.
inline Task<Descriptor> accept_one(Runtime& runtime, const Descriptor& listener) {
  for (;;) {
    auto client = sockets::try_accept(listener);
    if (client) co_return std::move(*client);
    Readiness readable(runtime.reactor, listener.fd(), Direction::read);
    co_await readable;
  }
}

/// How many bytes it has put into `to`, at least one; 0 when the other side has nothing more to say.
inline Task<std::size_t> read_some(Runtime& runtime, const Descriptor& from, std::span<char> to) {
  for (;;) {
    const auto count = sockets::try_read(from, to);
    if (count) co_return *count;
    Readiness readable(runtime.reactor, from.fd(), Direction::read);
    co_await readable;
  }
}

/// Writes all of `text`, which must stay where it is.
inline Task<> write_all(Runtime& runtime, const Descriptor& to, std::string_view text) {
  while (!text.empty()) {
    const auto count = sockets::try_write(to, text);
    if (count) {
      text.remove_prefix(*count);
    } else {
      Readiness writable(runtime.reactor, to.fd(), Direction::write);
      co_await writable;
    }
  }
}

/// Reads to the empty line. False: there is no request.
inline Task<bool> read_request(Runtime& runtime, const Descriptor& client) {
  std::string text;
  std::array<char, 1024> piece;
  while (text.find("\r\n\r\n") == std::string::npos) {
    if (text.size() > most_bytes) co_return false;
    const std::size_t count = co_await read_some(runtime, client, piece);
    if (count == 0) co_return true;
    text.append(piece.data(), count);
  }
  co_return true;
}

/// Ready when a client's time is over: there is no request.
inline Task<bool> out_of_patience(Runtime& runtime) {
  co_await pause(runtime, patience);
  co_return false;
}

/// Writes the next visitor's line into the book. Ready with the visitor's number.
inline Task<int> sign(Runtime& runtime, Mutex<Book>& book) {
  const auto guard = co_await book.lock();
  const int visitor = ++guard->visitors;
  const std::string line = "visitor " + std::to_string(visitor) + "\n";
  co_await write_all(runtime, guard->lines, line);
  co_return visitor;
}

/// One client, from its request to its answer.
inline Task<> connection(Runtime& runtime, Site& site, Descriptor client, Crowd::Seat /*seat*/) {
  try {
    Race request(read_request(runtime, client), out_of_patience(runtime));
    const bool is_asked = co_await request;
    if (!is_asked) co_return;
    Map page(sign(runtime, site.book), page_for);
    const std::string answer = co_await page;
    co_await write_all(runtime, client, answer);
  } catch (const std::exception&) {
    // The client is gone, and that is its own affair.
  }
}

/// Lets clients in, for ever.
inline Task<> welcome(Runtime& runtime, Site& site, const Descriptor& listener) {
  for (;;) {
    try {
      Descriptor client = co_await accept_one(runtime, listener);
      sockets::make_nonblocking(client);
      runtime.executor.spawn(connection(runtime, site, std::move(client), Crowd::Seat(site.crowd)));
      continue;
    } catch (const std::exception&) {
      // That client is gone, or there is no descriptor left for it.
    }
    co_await pause(runtime, breath);
  }
}

/// Ready when the server is to stop.
inline Task<> stopped(Receiver<Stop> stop) { co_await stop; }

/// Serves the page to whoever comes, until `stop` is Ready.
inline Task<> serve(Runtime& runtime, Site& site, Descriptor listener, Receiver<Stop> stop) {
  sockets::make_nonblocking(listener);
  Race open(welcome(runtime, site, listener), stopped(std::move(stop)));
  co_await open;
  listener.close();
  co_await site.crowd;
}

}  // namespace mine
