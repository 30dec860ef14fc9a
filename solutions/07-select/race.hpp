#pragma once
// A race of two futures
// build · lesson 07 · ./learn test race
//
//   poll      a          b          race(a, b)
//     1       Pending    Pending    Pending            both have been asked, and both know whom to wake
//     2       Pending    Ready(7)   Ready(7)           b wins; a is destroyed before the 7 is handed out
//
// Your task, one step at a time:
//   1. While neither is Ready, each poll of the race polls both, once, with the same context, and is Pending.
//   2. The race is Ready in the very poll in which one of the two is, with its value.
//   3. As soon as one has won, the other is left alone. A Ready that nobody takes would be a value that is lost.
//   4. Both futures are destroyed before the value is handed out: the poll that says Ready destroys them.
//   5. The start is fair. Of many races between two that are Ready at once, each wins some; also if they are Ready
//      only at the second poll.
//   6. A race that was Ready and is polled again says so with kettle::misuse.
//
// The two have the same Output, so a value is passed on as it is: void and what can only be moved need no extra work.
// Given: kettle/poll.hpp. Do not use: kettle/select.hpp, threads, anything that waits. A race may move until its first
// poll.

#include <kettle/poll.hpp>

#include <concepts>
#include <optional>
#include <utility>

namespace mine {

/// Ready with the value of whichever of two futures is Ready first.
template <kettle::Future A, kettle::Future B>
  requires std::same_as<typename A::Output, typename B::Output>
class Race {
 public:
  using Output = typename A::Output;

  Race(A a, B b) : a_(std::move(a)), b_(std::move(b)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    if (!a_) kettle::misuse("A race was polled again after it was Ready.", "after Ready, let it go.", "01-future");
    auto answer = b_goes_first_ ? poll_both(*b_, *a_, context) : poll_both(*a_, *b_, context);
    if (answer.is_ready()) {
      a_.reset();
      b_.reset();
    }
    return answer;
  }

 private:
  template <class First, class Second>
  static kettle::Poll<Output> poll_both(First& first, Second& second, kettle::Context& context) {
    auto answer = first.poll(context);
    if (answer.is_pending()) answer = second.poll(context);
    return answer;
  }

  // Turns with every race, and not with every poll: a race keeps its start. (kettle::select draws lots instead; the
  // chapter says why.)
  static bool next_turn() {
    static thread_local bool turn = false;
    turn = !turn;
    return turn;
  }

  std::optional<A> a_;
  std::optional<B> b_;
  bool b_goes_first_ = next_turn();
};

/// Waits for the first of the two. The other one is cancelled.
template <kettle::Future A, kettle::Future B>
Race<A, B> race(A a, B b) {
  return Race<A, B>(std::move(a), std::move(b));
}

}  // namespace mine
