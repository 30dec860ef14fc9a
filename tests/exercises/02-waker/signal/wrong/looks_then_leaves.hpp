// Mistake: looks under the lock, leaves the waker under the lock, and lets go of it in between.
// Kind: lost wake-up
// Fails: a signal that is fired in the middle of a poll is not lost
#include <kettle/waker.hpp>

#include <mutex>
#include <utility>

namespace mine {

template <class Mutex = std::mutex>
class Signal {
 public:
  class Wait;

  void fire() {
    kettle::Waker waiter = kettle::Waker::noop();
    {
      const std::lock_guard lock(mutex_);
      fired_ = true;
      std::swap(waiter, waiter_);
    }
    waiter.wake();
  }

  Wait wait() { return Wait(*this); }

 private:
  Mutex mutex_;
  bool fired_ = false;
  kettle::Waker waiter_ = kettle::Waker::noop();
};

template <class Mutex>
class Signal<Mutex>::Wait {
 public:
  using Output = void;

  explicit Wait(Signal& signal) : signal_(signal) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() {
    const std::lock_guard lock(signal_.mutex_);
    signal_.waiter_ = kettle::Waker::noop();
  }

  // #region poll
  kettle::Poll<> poll(kettle::Context& context) {
    {
      const std::lock_guard lock(signal_.mutex_);
      if (signal_.fired_) return kettle::Ready();
    }
    const std::lock_guard lock(signal_.mutex_);
    signal_.waiter_ = context.waker();
    return kettle::pending;
  }
  // #endregion

 private:
  Signal& signal_;
};

}  // namespace mine
