#pragma once
// A one-shot signal between threads
// use · lesson 02 · ./learn test signal
//
//     any thread             signal               a task
//       fire() ----------> [ fired? ] ----------> wait(): a future
//                  wake <- [ waker  ] <---------- poll: Pending
//
//     The future is Ready once the signal is fired.
//
// Your task, one step at a time:
//   1. Once fired, the signal stays fired: every wait() is Ready at its first poll. Firing again changes nothing.
//   2. Before that, a poll is Pending and leaves a copy of its waker. fire() wakes it, once.
//   3. A signal that is fired at any moment of a poll is not lost, and a poll in the middle of fire() is not either.
//   4. A future may be polled by another task than before: the one that polled last is woken, and the older
//      waker is replaced.
//   5. A future that is dropped takes its waker out of the signal. Nobody is woken then.
//   6. fire() wakes after it has given the lock back.
//   7. It works between real threads.
//
// One future waits at a time, so one waker is enough. The signal outlives its futures.
// Given: the shape below; Mutex, the only lock (the test hands in one of its own); kettle::Waker::noop(), a waker of
// nobody. Do not use: atomics, condition variables, sleeping.

#include <kettle/waker.hpp>

#include <mutex>
#include <utility>

namespace mine {

/// Fired once, from any thread. A task waits for it.
template <class Mutex = std::mutex>
class Signal {
 public:
  class Wait;

  /// Says that it has happened. Safe on any thread; the second time does nothing.
  void fire() {
    kettle::Waker waiter = kettle::Waker::noop();
    {
      const std::lock_guard lock(mutex_);
      fired_ = true;
      std::swap(waiter, waiter_);
    }
    waiter.wake();
  }

  /// A future that is Ready once the signal is fired.
  Wait wait() { return Wait(*this); }

 private:
  Mutex mutex_;
  bool fired_ = false;
  kettle::Waker waiter_ = kettle::Waker::noop();
};

/// Ready once the signal is fired. It stays where it is made.
template <class Mutex>
class Signal<Mutex>::Wait {
 public:
  using Output = void;

  explicit Wait(Signal& signal) : signal_(signal) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() { leave(kettle::Waker::noop()); }

  kettle::Poll<> poll(kettle::Context& context) {
    if (leave(context.waker())) return kettle::Ready();
    return kettle::pending;
  }

 private:
  // Looks, and leaves a waker in the same step: fire() comes either before, and is seen, or after, and finds the waker.
  // Answers whether the signal is fired. The waker that is replaced is let go at the end, outside the lock.
  bool leave(kettle::Waker waiter) {
    const std::lock_guard lock(signal_.mutex_);
    if (!signal_.fired_) std::swap(signal_.waiter_, waiter);
    return signal_.fired_;
  }

  Signal& signal_;
};

}  // namespace mine
