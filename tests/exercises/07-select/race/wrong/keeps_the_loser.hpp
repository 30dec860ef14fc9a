// Mistake: hands the value out and keeps both futures until the race itself goes.
// Kind: missing cancel
// Fails: both futures are destroyed before the value is handed out
#include <kettle/poll.hpp>

#include <concepts>
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
    if (is_over_) kettle::misuse("A race was polled again after it was Ready.", "after Ready, let it go.", "01-future");
    auto answer = b_goes_first_ ? poll_both(b_, a_, context) : poll_both(a_, b_, context);
    is_over_ = answer.is_ready();
    return answer;
  }

 private:
  template <class First, class Second>
  static kettle::Poll<Output> poll_both(First& first, Second& second, kettle::Context& context) {
    auto answer = first.poll(context);
    if (answer.is_pending()) answer = second.poll(context);
    return answer;
  }

  static bool next_turn() {
    static bool turn = false;
    turn = !turn;
    return turn;
  }
  A a_;
  B b_;
  bool b_goes_first_ = next_turn();
  bool is_over_ = false;
};

/// Waits for the first of the two. The other one is cancelled.
template <kettle::Future A, kettle::Future B>
Race<A, B> race(A a, B b) {
  return Race<A, B>(std::move(a), std::move(b));
}

}  // namespace mine
