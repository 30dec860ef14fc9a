// Shape: leaves the waker first and looks afterwards, in steps of their own; an optional instead of a waker of nobody.
#include <kettle/waker.hpp>

#include <mutex>
#include <optional>

namespace mine {

template <class Mutex = std::mutex>
class Signal {
 public:
  class Wait;

  void fire() {
    set_fired();
    if (const auto waiter = replace(std::nullopt)) waiter->wake();
  }

  Wait wait() { return Wait(this); }

 private:
  using Waiter = std::optional<kettle::Waker>;

  void set_fired() {
    std::unique_lock lock(mutex_);
    fired_ = true;
  }

  bool is_fired() {
    std::unique_lock lock(mutex_);
    return fired_;
  }

  Waiter replace(Waiter waiter) {
    std::unique_lock lock(mutex_);
    waiter_.swap(waiter);
    return waiter;
  }

  Mutex mutex_;
  bool fired_ = false;
  Waiter waiter_;
};

template <class Mutex>
class Signal<Mutex>::Wait {
 public:
  using Output = void;

  explicit Wait(Signal* signal) : signal_(signal) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() { signal_->replace(std::nullopt); }

  kettle::Poll<> poll(kettle::Context& context) {
    signal_->replace(context.waker());
    if (!signal_->is_fired()) return kettle::pending;
    signal_->replace(std::nullopt);
    return kettle::Ready();
  }

 private:
  Signal* signal_;
};

}  // namespace mine
