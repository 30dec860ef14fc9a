// Mistake: leaves out what is gone, and so a race that is over is Pending for ever.
// Kind: double poll
// Fails: a race that is over says so when it is polled again
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
    auto answer = ask(b_goes_first_, context);
    if (answer.is_pending()) answer = ask(!b_goes_first_, context);
    if (answer.is_ready()) {
      a_.reset();
      b_.reset();
    }
    return answer;
  }

 private:
  kettle::Poll<Output> ask(bool b, kettle::Context& context) {
    if (b && b_) return b_->poll(context);
    if (!b && a_) return a_->poll(context);
    return kettle::pending;
  }

  static bool next_turn() {
    static bool turn = false;
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
