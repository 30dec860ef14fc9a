#pragma once
// join: waits for several futures at once, until all are ready. Lesson 07.
//
// One task polls them all, in the order in which they are given; one that is ready is not polled again, and is dropped
// at once. What one throws, join throws: co_await then drops the others. Cancel-safe if no value of theirs matters
// alone: those that are ready already are dropped along.

#include <tuple>
#include <utility>

#include "kettle/child.hpp"

namespace kettle {

/// Ready with a tuple of all values, std::monostate standing for void.
template <class... F>
class [[nodiscard]] Join {
 public:
  using Output = std::tuple<typename Child<F>::Output...>;

  explicit Join(F... futures) : children_(Child<F>(std::forward<F>(futures))...) {}

  Poll<Output> poll(Context& context) {
    if (is_done_) {
      misuse("A join was polled again after it was Ready.", "after Ready, a future is finished.", "01-future");
    }
    return poll_each(context, std::index_sequence_for<F...>());
  }

 private:
  // #region poll
  template <std::size_t... I>
  Poll<Output> poll_each(Context& context, std::index_sequence<I...>) {
    (poll_one<I>(context), ...);
    if ((std::get<I>(children_).is_there() || ...)) return pending;
    is_done_ = true;
    return Ready<Output>(Output(std::get<I>(values_).take()...));
  }

  template <std::size_t I>
  void poll_one(Context& context) {
    auto& child = std::get<I>(children_);
    if (!child.is_there()) return;
    auto& value = std::get<I>(values_);
    value = poll_child(child, context);
    if (value.is_ready()) child.drop();
  }
  // #endregion

  std::tuple<Child<F>...> children_;
  std::tuple<Poll<typename Child<F>::Output>...> values_{
      ((void)sizeof(F), Poll<typename Child<F>::Output>(pending))...};
  bool is_done_ = false;
};

/// Waits for all of `futures`: `auto [tea, toast] = co_await join(make_tea(), make_toast());`
template <class... F>
  requires(Future<std::remove_reference_t<F>> && ...)
Join<F...> join(F&&... futures) {
  return Join<F...>(std::forward<F>(futures)...);
}

}  // namespace kettle
