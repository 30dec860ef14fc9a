#pragma once
// A reactor on poll(2)
// build · lesson 09 · ./learn test reactor
//
//   want(7, read, A)  -> 1        number   descriptor   direction   waker
//   want(9, write, B) -> 2          1          7          read        A
//   want(7, write, C) -> 3          2          9          write       B
//                                   3          7          write       C
//                     the bell: the reading end of a pipe of your own
//
//   wait(until)   hands all of them to poll(2), and the thread sleeps there; then wakes those that are ready, and
//                 forgets them: who wants more news asks again
//   forget(2)     B is gone
//   interrupt()   writes a byte into the bell's pipe
//
// Your task, one step at a time:
//   1. wait wakes the tasks whose descriptor is ready in their direction, and nobody else. It returns how many. Two may
//      wait for one descriptor.
//   2. Interest is for once: what was woken is forgotten, and lets go of its waker.
//   3. poll(2) sleeps until the deadline at the latest, and never wakes up before it: whole milliseconds, rounded up, at
//      most INT_MAX. No deadline: -1. One that has passed: 0. kettle::Clock::now() is the time.
//   4. interrupt ends the sleep, from any thread. One that comes before the sleep counts, too, for one wait; and however
//      often it is called, it never blocks.
//   5. A descriptor that has failed, that is no descriptor, or whose other end is closed wakes whoever waits for it, in
//      either direction: the next try will say what is the matter.
//   6. forget takes out one interest, without waking. False when it is there no more.
//   7. What is woken may call want, forget and interrupt, and nothing is lost: take all out that are ready, then wake.
//   8. poll(2) that was interrupted by a signal (-1) wakes nobody. wait may then return, or sleep on.
//   9. Readiness is Ready when its descriptor is ready now. Before, it says Pending and has ONE interest in the
//      reactor, with the waker of the last poll; dropped or Ready, it has none.
//
// Given: poll(2), pipe(2), kettle/clock.hpp, kettle/waker.hpp. Do not use: kettle/poller.hpp and what comes after it,
// epoll, threads.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <kettle/clock.hpp>
#include <kettle/waker.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace mine {

enum class Direction { read, write };

/// Who is to be woken when a descriptor is ready. For one thread; interrupt() may come from any.
class Reactor {
 public:
  /// Throws std::system_error when there is no descriptor left.
  Reactor() {
    // TODO 4: make a pipe. Both of its ends should say "would block" rather than block: O_NONBLOCK.
  }
  ~Reactor() {
    // TODO 4: close it.
  }
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Wakes `waker` once when `fd` is ready in `direction`. Returns the interest's number, which is never 0 and never
  /// given twice.
  std::uint64_t want(int /*fd*/, Direction /*direction*/, kettle::Waker /*waker*/) {
    // TODO 1: keep it.
    return ++last_number_;
  }

  /// Takes an interest out, without waking. False when it was woken, was forgotten, or never was.
  bool forget(std::uint64_t /*number*/) {
    // TODO 6
    return false;
  }

  /// Sleeps until something is ready, until the deadline, or until interrupt(). Wakes all that are ready, and returns
  /// how many. May also return for no reason.
  std::size_t wait(std::optional<kettle::Instant> /*until*/) {
    // TODO 1, 2, 3, 5, 7, 8
    return 0;
  }

  /// Ends the current wait(), or lets the next one return at once. From any thread.
  void interrupt() noexcept {
    // TODO 4
  }

 private:
  std::uint64_t last_number_ = 0;
};

/// A future that is Ready when a descriptor is. The reactor must outlive it.
class [[nodiscard]] Readiness {
 public:
  using Output = void;

  Readiness(Reactor& reactor, int fd, Direction direction) : reactor_(reactor), fd_(fd), direction_(direction) {}
  ~Readiness() {
    // TODO 9
  }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  kettle::Poll<> poll(kettle::Context& context) {
    // TODO 9: poll(2) with a timeout of 0 says how it is now.
    reactor_.want(fd_, direction_, context.waker());
    return kettle::pending;
  }

 private:
  Reactor& reactor_;
  int fd_;
  Direction direction_;
};

}  // namespace mine
