// Mistake: uses no lock: two threads write the same members.
// Kind: works only single-threaded
// Fails: a signal that is fired in the middle of a poll is not lost
// Fails: a poll in the middle of fire does not miss it
// Fails: it works between real threads
#include <kettle/waker.hpp>

#include <mutex>
#include <utility>

namespace mine {

template <class Mutex = std::mutex>
class Signal {
 public:
  class Wait;

  void fire() {
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
  ~Wait() { signal_.waiter_ = kettle::Waker::noop(); }

  kettle::Poll<> poll(kettle::Context& context) {
    if (signal_.fired_) return kettle::Ready();
    signal_.waiter_ = context.waker();
    return kettle::pending;
  }

 private:
  Signal& signal_;
};

}  // namespace mine
