// Mistake: keeps the waker of the first poll for ever.
// Kind: wrong waker
// Fails: the task that polled last is woken, and the other one's waker is let go
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

  kettle::Poll<> poll(kettle::Context& context) {
    const std::lock_guard lock(signal_.mutex_);
    if (signal_.fired_) return kettle::Ready();
    if (signal_.waiter_.will_wake(kettle::Waker::noop())) signal_.waiter_ = context.waker();
    return kettle::pending;
  }

 private:
  Signal& signal_;
};

}  // namespace mine
