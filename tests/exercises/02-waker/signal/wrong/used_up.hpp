// Mistake: the first Ready uses the signal up, as if it were a letter.
// Kind: lost value
// Fails: a signal that is fired before the wait is Ready at once, every time
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
    if (std::exchange(signal_.fired_, false)) return kettle::Ready();
    signal_.waiter_ = context.waker();
    return kettle::pending;
  }

 private:
  Signal& signal_;
};

}  // namespace mine
