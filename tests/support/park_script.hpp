#pragma once
// Park script: the rest of the world, for tests of block_on. A layer of the park stack knows when the thread sleeps,
// and does the next thing of its script; futures that count their polls.

#include <kettle/park.hpp>
#include <kettle/waker.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <utility>

namespace script {

// What happens during each sleep, in order. It stands on the thread's park stack while it lives.
class Script final : public kettle::ParkLayer {
 public:
  explicit Script(std::deque<std::function<void()>> events = {}) : events_(std::move(events)) {
    kettle::park_stack() = this;
  }
  ~Script() { kettle::park_stack() = nullptr; }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  bool park(kettle::Parker&, kettle::Instant) override {
    ++parks;
    const auto event = std::move(events_.front());
    events_.pop_front();
    event();
    return true;
  }
  bool has_work_ahead() const noexcept override { return !events_.empty(); }

  int parks = 0;

 private:
  std::deque<std::function<void()>> events_;
};

// Pending `pendings` times, then Ready with the number of polls. What it shares with the test outlives it.
struct Shared {
  int polls = 0;
  int destroyed = 0;
  std::optional<kettle::Waker> waker;
  void wake() const { waker->wake(); }
};

class Pendings {
 public:
  using Output = int;
  Pendings(Shared& shared, int pendings) : shared_(shared), pendings_(pendings) {}
  Pendings(const Pendings&) = delete;
  Pendings& operator=(const Pendings&) = delete;
  ~Pendings() { ++shared_.destroyed; }

  kettle::Poll<int> poll(kettle::Context& context) {
    if (++shared_.polls > pendings_) return kettle::Ready(shared_.polls);
    shared_.waker = context.waker();
    during_poll();
    return kettle::pending;
  }

  std::function<void()> during_poll = [] {};

 private:
  Shared& shared_;
  int pendings_;
};

// Ready at once with what `make` returns.
template <class T, class Make>
struct Immediate {
  using Output = T;
  explicit Immediate(Make m) : make(std::move(m)) {}
  kettle::Poll<T> poll(kettle::Context&) {
    if constexpr (std::is_void_v<T>) {
      make();
      return kettle::Ready();
    } else {
      return kettle::Ready<T>(make());
    }
  }
  Make make;
};
template <class T, class Make>
Immediate<T, Make> immediate(Make make) {
  return Immediate<T, Make>(std::move(make));
}

}  // namespace script
