// Shape: the waker stays in the future, and the signal points at the future that waits.
#include <kettle/waker.hpp>

#include <mutex>
#include <optional>

namespace mine {

template <class Mutex = std::mutex>
class Signal {
 public:
  class Wait {
   public:
    using Output = void;

    explicit Wait(Signal& signal) : signal_(signal) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() {
      const std::scoped_lock lock(signal_.mutex_);
      if (signal_.waiting_ == this) signal_.waiting_ = nullptr;
    }

    kettle::Poll<> poll(kettle::Context& context) {
      const std::scoped_lock lock(signal_.mutex_);
      if (signal_.fired_) return kettle::Ready();
      if (!waker_.will_wake(context.waker())) waker_ = context.waker();
      signal_.waiting_ = this;
      return kettle::pending;
    }

   private:
    friend class Signal;
    Signal& signal_;
    kettle::Waker waker_ = kettle::Waker::noop();
  };

  void fire() {
    std::optional<kettle::Waker> waker;
    {
      const std::scoped_lock lock(mutex_);
      fired_ = true;
      if (waiting_ != nullptr) waker = waiting_->waker_;
      waiting_ = nullptr;
    }
    if (waker) waker->wake();
  }

  Wait wait() { return Wait(*this); }

 private:
  Mutex mutex_;
  bool fired_ = false;
  Wait* waiting_ = nullptr;
};

}  // namespace mine
