#pragma once
// Child: a future inside another future. Lesson 07.
//
// join, select and timeout hold futures. One that is made on the spot is moved in, and destroyed when it is finished
// or no longer wanted. One that has a name is referred to, and stays its owner's: a loop may hand the same one in
// again and again.

#include <optional>
#include <type_traits>
#include <variant>

#include "kettle/poll.hpp"
#include "kettle/trace.hpp"

namespace kettle {

/// What a poll's value is called where it stands among others: std::monostate in place of void.
template <class T>
using ValueOrUnit = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Holds F by value, or refers to it when F is a reference.
// #region child
template <class F>
class Child {
 public:
  using Output = ValueOrUnit<typename F::Output>;
  static_assert(!std::is_reference_v<Output>,
                "a future of a reference cannot stand among others: let its value be a pointer");
  explicit Child(F future) : future_(std::in_place, std::move(future)) {}
  bool is_there() const noexcept { return future_.has_value(); }
  F& future() noexcept { return *future_; }
  void drop() noexcept { future_.reset(); }

 private:
  std::optional<F> future_;
};
// #endregion

template <class F>
class Child<F&> {
 public:
  using Output = ValueOrUnit<typename F::Output>;
  static_assert(!std::is_reference_v<Output>,
                "a future of a reference cannot stand among others: let its value be a pointer");
  explicit Child(F& future) noexcept : future_(&future) {}
  bool is_there() const noexcept { return future_ != nullptr; }
  F& future() noexcept { return *future_; }
  void drop() noexcept { future_ = nullptr; }

 private:
  F* future_;
};

/// Polls a child; void becomes std::monostate. Where several are Pending, what is noted is what the first waits on.
template <class F>
Poll<typename Child<F>::Output> poll_child(Child<F>& child, Context& context) {
  const trace::Waiting first = trace::noting() ? trace::waiting() : trace::Waiting();
  auto answer = child.future().poll(context);
  if (answer.is_pending()) {
    if (first.has_at) trace::waiting() = first;
    return pending;
  }
  if constexpr (std::is_void_v<typename std::remove_reference_t<F>::Output>) {
    return Ready<std::monostate>(std::monostate());
  } else {
    return answer;
  }
}

}  // namespace kettle
