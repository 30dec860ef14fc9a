#pragma once
// Calling waker: a task whose wake-up and whose end call back into the thing it waits for.
//
// Whoever wakes it, or lets go of its last waker, while holding a lock that the call needs, hangs for ever; and
// because std::mutex says so only under some sanitizers, the calls also count.

#include <kettle/waker.hpp>

#include <functional>
#include <utility>

namespace story {

class CallingWaker {
 public:
  /// Either may be empty.
  CallingWaker(std::function<void()> when_woken, std::function<void()> when_gone)
      : header_(new Header(std::move(when_woken), std::move(when_gone))), waker_(*header_) {
    header_->release();
  }

  const kettle::Waker& waker() const noexcept { return waker_; }

  /// Lets go of the test's own waker: who holds the last copy from now on, is the one whose letting go calls back.
  void let_go() noexcept { waker_ = kettle::Waker::noop(); }

  /// Forgets a wake-up, as an executor does before each poll.
  void clear() noexcept { header_->clear_notified(); }

 private:
  struct Header final : kettle::Wakeable {
    Header(std::function<void()> w, std::function<void()> g) : when_woken(std::move(w)), when_gone(std::move(g)) {}
    ~Header() override {
      if (when_gone) when_gone();
    }
    void schedule() noexcept override {
      if (when_woken) when_woken();
    }
    std::function<void()> when_woken;
    std::function<void()> when_gone;
  };
  Header* header_;
  kettle::Waker waker_;
};

/// Polls `future` with `task`'s waker, without a step in the story.
template <class F, class Task>
kettle::Poll<typename F::Output> quiet_poll(F& future, Task& task) {
  task.clear();
  kettle::Context context(task.waker());
  return future.poll(context);
}

/// Moves `future` into another one, and lets that go.
template <class F>
void move_away(F& future) {
  [[maybe_unused]] const F moved(std::move(future));
}

}  // namespace story
