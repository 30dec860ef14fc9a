#pragma once
// Poll, Future, Context: the whole contract of asynchronous code. Lesson 01.
//
// A future is a value that will be there later. It does nothing by itself: whoever wants the value polls it, and it
// answers Ready with the value, or Pending. Destroying a future cancels it. One thread at a time polls a future.

#include <concepts>
#include <optional>
#include <utility>

#include "kettle/misuse.hpp"

namespace kettle {

// #region words
/// The answer "not yet": the future keeps what it has done so far and wants to be polled again.
struct Pending {
  constexpr Pending() noexcept {}
};
inline constexpr Pending pending;

/// The answer "here it is". Write `return Ready(value);`, or `return Ready();` where there is no value.
template <class T = void>
struct Ready {
  explicit constexpr Ready(T v) : value(static_cast<T&&>(v)) {}
  T value;
};
template <>
struct Ready<void> {
  constexpr Ready() noexcept {}
};
Ready() -> Ready<void>;
// #endregion

/// What a poll returns: Ready with a T, or Pending. T may be void, move-only, or a reference.
// #region poll
template <class T = void>
class Poll {
 public:
  constexpr Poll(Pending) noexcept {}
  template <class U>
    requires std::constructible_from<T, U>
  constexpr Poll(Ready<U> ready) : value_(std::in_place, std::forward<U>(ready.value)) {}

  constexpr bool is_ready() const noexcept { return value_.has_value(); }
  constexpr bool is_pending() const noexcept { return !is_ready(); }

  /// The value. Misuse while pending.
  T& value() {
    require_ready();
    return *value_;
  }
  /// The value, moved out. Misuse while pending.
  T take() {
    require_ready();
    return std::move(*value_);
  }
  // #endregion

 private:
  void require_ready() const {
    if (is_pending()) misuse("The value of a Pending poll was asked for.", "ask is_ready() first.", "01-future");
  }
  std::optional<T> value_;
};

/// A poll without a value: Ready says "it happened".
template <>
class Poll<void> {
 public:
  constexpr Poll(Pending) noexcept {}
  constexpr Poll(Ready<void>) noexcept : ready_(true) {}
  constexpr bool is_ready() const noexcept { return ready_; }
  constexpr bool is_pending() const noexcept { return !ready_; }
  void value() const {
    if (!ready_) misuse("The value of a Pending poll was asked for.", "ask is_ready() first.", "01-future");
  }
  void take() const { value(); }

 private:
  bool ready_ = false;
};

/// A poll of a reference: Ready refers to an object that lives elsewhere.
template <class T>
class Poll<T&> {
 public:
  constexpr Poll(Pending) noexcept {}
  constexpr Poll(Ready<T&> ready) noexcept : target_(&ready.value) {}
  constexpr bool is_ready() const noexcept { return target_ != nullptr; }
  constexpr bool is_pending() const noexcept { return target_ == nullptr; }
  T& value() const {
    if (is_pending()) misuse("The value of a Pending poll was asked for.", "ask is_ready() first.", "01-future");
    return *target_;
  }
  T& take() const { return value(); }

 private:
  T* target_ = nullptr;
};

class Waker;  // Lesson 02. Until then a context only has to be passed on.

/// What a poller tells the future it polls: whom to wake when another poll would be worth while.
///
/// Valid during one poll only. A future that wants to be woken later copies the waker.
class Context {
 public:
  /// A context for polling by hand: a wake-up reaches nobody.
  Context() noexcept;
  explicit Context(const Waker& waker) noexcept : waker_(&waker) {}
  explicit Context(const Waker&&) = delete;  // It only points at the waker, so the waker needs a name.

  const Waker& waker() const noexcept { return *waker_; }

 private:
  const Waker* waker_;
};

/// Anything with an `Output` and a `poll(Context&)` that returns `Poll<Output>`.
///
/// The rules that a type cannot say: before Pending is returned, something must hold the waker (lesson 02); after
/// Ready, the future is finished and must not be polled again.
// #region future
template <class F>
concept Future = requires(F& future, Context& context) {
  typename F::Output;
  { future.poll(context) } -> std::same_as<Poll<typename F::Output>>;
};
// #endregion

}  // namespace kettle
