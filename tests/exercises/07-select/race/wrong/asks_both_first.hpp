// Mistake: asks both before it looks at the answers, so the value of the second one to be Ready is lost.
// Kind: lost value
// Fails: as soon as one has won, the other is left alone
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

  // #region poll
  kettle::Poll<Output> poll(kettle::Context& context) {
    if (!a_) kettle::misuse("A race was polled again after it was Ready.", "after Ready, let it go.", "01-future");
    auto of_a = a_->poll(context);
    auto of_b = b_->poll(context);
    if (of_a.is_pending() && of_b.is_pending()) return kettle::pending;
    a_.reset();
    b_.reset();
    if (of_b.is_pending()) return of_a;
    if (of_a.is_pending()) return of_b;
    return a_goes_first_ ? std::move(of_a) : std::move(of_b);
  }
  // #endregion

 private:
  static bool next_turn() {
    static bool turn = false;
    turn = !turn;
    return turn;
  }
  std::optional<A> a_;
  std::optional<B> b_;
  bool a_goes_first_ = next_turn();
};

/// Waits for the first of the two. The other one is cancelled.
template <kettle::Future A, kettle::Future B>
Race<A, B> race(A a, B b) {
  return Race<A, B>(std::move(a), std::move(b));
}

}  // namespace mine
