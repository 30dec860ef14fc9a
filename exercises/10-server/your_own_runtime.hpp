#pragma once
// Capstone: your own runtime serves the page
// build · lesson 10 · ./learn test 10-server/your-own-runtime
//
// A server for many clients, on one thread, and on what you have written. There is nothing of kettle's runtime here.
//
//   block_on (02) polls serve(), and while that is Pending, it parks in
//      ServerParker:  executor.run_ready()     (05)  each connection that is ready has its turn
//                     timers.fire(now)         (04)  whose time is up is woken
//                     reactor.wait(until)      (09)  the thread sleeps: until a descriptor has news, until the next
//                                                    deadline, or until somebody rings
//
//   serve:       welcome, against stop    (07, 06)  -->  a connection (03) for each client
//   connection:  the request, against patience (07, 04)  -->  sign the book (08)  -->  the answer
//
// Your task:
//   1. unpark() may be called on another thread, before the sleep or during it: it rings the reactor's bell.
//   2. park() gives the ready tasks one turn, wakes who is due, and asks the reactor: until the next deadline when
//      there was nothing to do, and otherwise only for a look. Then it returns, and block_on looks after its own future.
//   3. accept_one, read_some and write_all: try; no answer? Wait for the Readiness, and try again.
//   4. A request goes to the empty line, "\r\n\r\n", in however many pieces. If the client has gone before, or says
//      more than most_bytes, or its patience is over, there is no request, and the connection is closed.
//   5. A request gets page_for(number), all of it. What goes wrong in a connection ends that connection, and no other.
//   6. sign() gives the number, and writes the visitor's line into the book, under the mutex: "visitor 7\n". The book
//      may take a line by halves; the next line comes behind it.
//   7. welcome() spawns a connection for each client. A client is accepted as a descriptor whose calls wait: make it
//      non-blocking. When accept fails, take a breath, and go on.
//   8. After the stop, serve() closes the listener. Who is inside is answered; then it is Ready.
//
// Given: everything below, the system calls in tests/support/sockets.hpp, and your own files: <pieces/X.hpp> is your
// X.hpp once it passes its test, and the course's until then. The verdict says which. Do not use: the rest of kettle,
// threads, system calls that wait.
//
// When it passes, look at it in your browser, at http://127.0.0.1:8080/ :
//   build/default/exercises/10-server/your_own_runtime --no-skip -tc="serve*"

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

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
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
    // TODO 2
    throw std::logic_error("ServerParker::park is still to be written.");
  }

  /// Called when block_on's own future is woken, on any thread.
  void unpark() noexcept {
    // TODO 1
  }

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
inline Task<Descriptor> accept_one(Runtime& /*runtime*/, const Descriptor& listener) {
  // TODO 3: no answer? Wait, and try again.
  auto client = sockets::try_accept(listener);
  if (!client) throw std::logic_error("accept_one is still to be written.");
  co_return std::move(*client);
}

/// How many bytes it has put into `to`, at least one; 0 when the other side has nothing more to say.
inline Task<std::size_t> read_some(Runtime& /*runtime*/, const Descriptor& from, std::span<char> to) {
  // TODO 3: no answer? Wait, and try again.
  const auto count = sockets::try_read(from, to);
  co_return count.value_or(0);
}

/// Writes all of `text`, which must stay where it is.
inline Task<> write_all(Runtime& /*runtime*/, const Descriptor& to, std::string_view text) {
  // TODO 3: the answer says how many bytes are written. No answer? Wait, and try again.
  sockets::try_write(to, text);
  co_return;
}

/// Reads to the empty line. False: there is no request.
inline Task<bool> read_request(Runtime& /*runtime*/, const Descriptor& /*client*/) {
  // TODO 4
  co_return false;
}

/// Ready when a client's time is over: there is no request.
inline Task<bool> out_of_patience(Runtime& runtime) {
  co_await pause(runtime, patience);
  co_return false;
}

/// Writes the next visitor's line into the book. Ready with the visitor's number.
inline Task<int> sign(Runtime& /*runtime*/, Mutex<Book>& /*book*/) {
  // TODO 6
  co_return 0;
}

/// One client, from its request to its answer.
inline Task<> connection(Runtime& /*runtime*/, Site& /*site*/, Descriptor /*client*/, Crowd::Seat /*seat*/) {
  // TODO 4, 5: a Race of the request and out_of_patience; a Map over sign, which makes a page of the number.
  co_return;
}

/// Lets clients in, for ever.
inline Task<> welcome(Runtime& /*runtime*/, Site& /*site*/, const Descriptor& /*listener*/) {
  // TODO 7: each connection takes its Crowd::Seat(site.crowd) along.
  co_return;
}

/// Ready when the server is to stop.
inline Task<> stopped(Receiver<Stop> stop) { co_await stop; }

/// Serves the page to whoever comes, until `stop` is Ready.
inline Task<> serve(Runtime& runtime, Site& site, Descriptor listener, Receiver<Stop> stop) {
  sockets::make_nonblocking(listener);
  Race open(welcome(runtime, site, listener), stopped(std::move(stop)));
  co_await open;
  // TODO 8
}

}  // namespace mine
