#pragma once
// select: waits for several futures, until the first is ready. Lesson 07.
//
// The losers are dropped, which cancels them, before the winner's value is handed out, in the order in which they are
// given. Which future is asked first differs from one select to the next, so that one which is always ready cannot keep
// the others out; select_biased always begins with the first. Nothing is lost if every future is cancel-safe. What one
// throws, select throws.

#include <array>
#include <tuple>
#include <utility>
#include <variant>

#include "kettle/child.hpp"

namespace kettle {

/// A place below `places`, each as likely as any other: random to look at, but the same sequence in every run.
std::size_t next_start(std::size_t places) noexcept;

/// Ready with the winner's value in a variant: its index() is the winner's place, std::monostate stands for void.
template <class... F>
class [[nodiscard]] Select {
 public:
  using Output = std::variant<typename Child<F>::Output...>;

  explicit Select(std::size_t first, F... futures) : first_(first), children_(Child<F>(std::forward<F>(futures))...) {}

  Select(Select&&) = default;
  Select& operator=(Select&&) = delete;
  ~Select() { drop_all(); }

  Poll<Output> poll(Context& context) { return poll_from_first(context, std::index_sequence_for<F...>()); }

 private:
  // #region poll
  template <std::size_t... I>
  Poll<Output> poll_from_first(Context& context, std::index_sequence<I...>) {
    using PollOne = Poll<Output> (Select::*)(Context&);
    static constexpr std::array<PollOne, sizeof...(F)> poll_ones{&Select::poll_one<I>...};
    for (std::size_t i = 0; i < sizeof...(F); ++i) {
      auto answer = (this->*poll_ones[(first_ + i) % sizeof...(F)])(context);
      if (answer.is_pending()) continue;
      drop_all();
      return answer;
    }
    return pending;
  }
  // #endregion

  // #region poll_one
  template <std::size_t I>
  Poll<Output> poll_one(Context& context) {
    auto& child = std::get<I>(children_);
    if (!child.is_there()) misuse_after_ready();
    auto answer = poll_child(child, context);
    if (answer.is_pending()) return pending;
    return Ready<Output>(Output(std::in_place_index<I>, answer.take()));
  }
  // #endregion

  void drop_all() noexcept {
    std::apply([](auto&... child) { (child.drop(), ...); }, children_);
  }

  [[noreturn]] static void misuse_after_ready() {
    misuse("A select was polled again after it was Ready.", "after Ready, a future is finished.", "01-future");
  }

  std::size_t first_;
  std::tuple<Child<F>...> children_;
};

/// Waits for the first of `futures`; each is asked first as often as any other.
template <class... F>
  requires(sizeof...(F) > 0 && (Future<std::remove_reference_t<F>> && ...))
Select<F...> select(F&&... futures) {
  return Select<F...>(next_start(sizeof...(F)), std::forward<F>(futures)...);
}

/// The same, asking in the order in which they are given: if two are ready, the earlier one wins.
template <class... F>
  requires(sizeof...(F) > 0 && (Future<std::remove_reference_t<F>> && ...))
Select<F...> select_biased(F&&... futures) {
  return Select<F...>(0, std::forward<F>(futures)...);
}

}  // namespace kettle
