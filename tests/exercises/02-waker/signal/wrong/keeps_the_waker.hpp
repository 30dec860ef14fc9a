// Mistake: copies the waker out instead of taking it, so that every fire() wakes whoever waited once.
// Kind: needless poll
// Fails: fire wakes the task that waits, once
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
      waiter = waiter_;
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
