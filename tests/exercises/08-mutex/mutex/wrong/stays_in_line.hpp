// Mistake: who leaves stays in the line, and is given the lock although nobody is there any more
// Kind: missing cancel
// Fails: a lock future that is dropped while it waits leaves the line
#include <kettle/waker.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace mine {

struct Waiter {
  bool granted = false;
  kettle::Waker waker = kettle::Waker::noop();
};

template <class T>
class Mutex {
 public:
  class Guard;
  class Lock;

  explicit Mutex(T value = T()) : value_(std::move(value)) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  Lock lock() { return Lock(*this); }

  std::optional<Guard> try_lock() {
    if (locked_) return std::nullopt;
    locked_ = true;
    return Guard(*this);
  }

 private:
  void unlock() {
    if (line_.empty()) {
      locked_ = false;
      return;
    }
    const std::shared_ptr<Waiter> next = line_.front();
    line_.pop_front();
    next->granted = true;
    next->waker.wake();
  }

  T value_;
  bool locked_ = false;
  std::deque<std::shared_ptr<Waiter>> line_;
};

template <class T>
class Mutex<T>::Guard {
 public:
  explicit Guard(Mutex& mutex) : mutex_(&mutex) {}
  Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
  Guard& operator=(Guard other) noexcept {
    std::swap(mutex_, other.mutex_);
    return *this;
  }
  ~Guard() {
    if (mutex_ != nullptr) mutex_->unlock();
  }
  T& operator*() const { return mutex_->value_; }
  T* operator->() const { return &mutex_->value_; }

 private:
  Mutex* mutex_;
};

template <class T>
class Mutex<T>::Lock {
 public:
  using Output = Guard;
  explicit Lock(Mutex& mutex) : mutex_(mutex) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (waiter_ && waiter_->granted) mutex_.unlock();
  }

  kettle::Poll<Guard> poll(kettle::Context& context) {
    if (waiter_ && std::exchange(waiter_->granted, false)) return kettle::Ready<Guard>(Guard(mutex_));
    if (!mutex_.locked_) {
      mutex_.locked_ = true;
      return kettle::Ready<Guard>(Guard(mutex_));
    }
    if (!waiter_) {
      waiter_ = std::make_shared<Waiter>();
      mutex_.line_.push_back(waiter_);
    }
    waiter_->waker = context.waker();
    return kettle::pending;
  }

 private:
  Mutex& mutex_;
  std::shared_ptr<Waiter> waiter_;
};

}  // namespace mine
