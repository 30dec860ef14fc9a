// Mistake: wakes while it holds the lock.
// Kind: wake under lock
// Fails: fire wakes outside the lock
#include <kettle/waker.hpp>

#include <mutex>
#include <utility>

namespace mine {

template <class Mutex = std::mutex>
class Signal {
 public:
  class Wait;

  void fire() {
    const std::lock_guard lock(mutex_);
    fired_ = true;
    std::exchange(waiter_, kettle::Waker::noop()).wake();
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
    signal_.waiter_ = context.waker();
    return kettle::pending;
  }

 private:
  Signal& signal_;
};

}  // namespace mine
