#pragma once
// block_on, on a parker
// build · lesson 02 · ./learn test block_on
//
//     .--> clear the notice
//     |           |
//     |    poll the future --- Ready ---> its value
//     |           | Pending
//     '-- yes - woken? <-----.                     any thread
//                 | no       |                    waker.wake()
//                 '--> parker.park()                   |
//                            ^                     schedule()
//                            '--- parker.unpark() <----'
//
// Your task, one step at a time:
//   1. Poll first. A future that is Ready at once is polled once, and nobody sleeps.
//   2. While it is Pending, sleep until a waker calls. Then poll again: once at the start, once after each wake-up.
//   3. A wake-up that comes during the poll is not lost: poll again, do not sleep.
//   4. park() may return for no reason. That is not a wake-up: sleep on.
//   5. A wake-up may come from any thread, and more than one may come before the next poll.
//   6. Whatever the future's value is, void, a reference or move-only, block_on returns it.
//   7. What the future throws leaves block_on, and the next block_on works.
//   8. A waker may outlive its block_on, and calling it then does no harm: make the sleeper with new.
//   9. The last waker frees the sleeper: Wakeable counts them, and release() gives up your own reference.
//
// Given: kettle::Wakeable (is_notified, clear_notified, release), kettle::Waker, and a Parker: a type with park() and
// unpark(), such as kettle::Parker. A call that comes before the sleep is kept: then park() returns at once.
// A context only points at its waker, so the waker needs a name:
//     const kettle::Waker waker(*sleeper);
//     kettle::Context context(waker);
// Do not use: kettle::block_on, loops that never sleep, other locks.

#include <kettle/park.hpp>
#include <kettle/waker.hpp>

namespace mine {

/// What the wakers of one block_on point at: a thread that sleeps in its parker.
template <class Parker>
class Sleeper final : public kettle::Wakeable {
 public:
  void sleep_until_woken() {
    while (!is_notified()) parker_.park();
  }

 private:
  /// Called by the first wake() since the last clear_notified(), on the thread that wakes.
  void schedule() noexcept override { parker_.unpark(); }

  Parker parker_;
};

/// Polls `future` until it is Ready, and returns its value. Between polls this thread sleeps.
template <class Parker = kettle::Parker, kettle::Future F>
typename F::Output block_on(F& future) {
  auto* const sleeper = new Sleeper<Parker>;
  const kettle::Waker waker(*sleeper);
  sleeper->release();  // From here on the wakers own it, and this function holds one of them.
  kettle::Context context(waker);
  for (;;) {
    sleeper->clear_notified();
    auto answer = future.poll(context);
    if (answer.is_ready()) return answer.take();
    sleeper->sleep_until_woken();
  }
}

}  // namespace mine
