#pragma once
// Values: what tests of channels send, and who they let wait. A value that tells when it is destroyed, and a task whose
// waker runs somebody's code.

#include <kettle/waker.hpp>

#include <functional>
#include <utility>
#include <vector>

namespace values {

/// A value that can only be moved, and notes its number when it is destroyed. What it was moved out of notes nothing.
class Tracked {
 public:
  Tracked(int number, std::vector<int>& destroyed) : number_(number), destroyed_(&destroyed) {}
  Tracked(Tracked&& other) noexcept : number_(other.number_), destroyed_(std::exchange(other.destroyed_, nullptr)) {}
  Tracked& operator=(Tracked&& other) noexcept {
    std::swap(number_, other.number_);
    std::swap(destroyed_, other.destroyed_);
    return *this;
  }
  ~Tracked() {
    if (destroyed_ != nullptr) destroyed_->push_back(number_);
  }
  int number() const noexcept { return number_; }

 private:
  int number_;
  std::vector<int>* destroyed_;
};

/// A task that does something when it is woken, and when its last waker goes: hand out its waker once.
class Nosy final : public kettle::Wakeable {
 public:
  /// A waker of a new one, the only one.
  static kettle::Waker waker(std::function<void()> woken, std::function<void()> destroyed) {
    auto* const target = new Nosy(std::move(woken), std::move(destroyed));
    kettle::Waker waker(*target);
    target->release();
    return waker;
  }

 private:
  Nosy(std::function<void()> woken, std::function<void()> destroyed)
      : woken_(std::move(woken)), destroyed_(std::move(destroyed)) {}
  ~Nosy() override { destroyed_(); }
  void schedule() noexcept override { woken_(); }
  std::function<void()> woken_;
  std::function<void()> destroyed_;
};

/// Polls once with `waker`.
template <class F>
auto poll(F& future, const kettle::Waker& waker = kettle::Waker::noop()) {
  kettle::Context context(waker);
  return future.poll(context);
}

}  // namespace values
