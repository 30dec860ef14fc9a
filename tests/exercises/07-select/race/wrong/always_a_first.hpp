// Mistake: always asks the first one first.
// Kind: unfair order
// Fails: of a hundred races between two that are Ready at once, each wins some
// Fails: of a hundred races that take two polls, each wins some
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
    auto answer = a_->poll(context);
    if (answer.is_pending()) answer = b_->poll(context);
    if (answer.is_ready()) {
      a_.reset();
      b_.reset();
    }
    return answer;
  }

 private:
  std::optional<A> a_;
  std::optional<B> b_;
};

/// Waits for the first of the two. The other one is cancelled.
template <kettle::Future A, kettle::Future B>
Race<A, B> race(A a, B b) {
  return Race<A, B>(std::move(a), std::move(b));
}

}  // namespace mine
