// Mistake: keeps the address of the waker, which is lent for one poll only.
// Kind: use after destroy
// Fails: the signal keeps a copy of the waker
#include <kettle/waker.hpp>

#include <mutex>
#include <utility>

namespace mine {

template <class Mutex = std::mutex>
class Signal {
 public:
  class Wait;

  void fire() {
    const kettle::Waker* waiter = nullptr;
    {
      const std::lock_guard lock(mutex_);
      fired_ = true;
      std::swap(waiter, waiter_);
    }
    if (waiter != nullptr) waiter->wake();
  }

  Wait wait() { return Wait(*this); }

 private:
  Mutex mutex_;
  bool fired_ = false;
  const kettle::Waker* waiter_ = nullptr;
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
    signal_.waiter_ = nullptr;
  }

  kettle::Poll<> poll(kettle::Context& context) {
    const std::lock_guard lock(signal_.mutex_);
    if (signal_.fired_) return kettle::Ready();
    signal_.waiter_ = &context.waker();
    return kettle::pending;
  }

 private:
  Signal& signal_;
};

}  // namespace mine
