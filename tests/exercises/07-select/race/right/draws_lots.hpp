// Shape: draws lots for the start, and keeps the futures on the heap.
#include <kettle/poll.hpp>

#include <concepts>
#include <memory>
#include <random>
#include <utility>

namespace mine {

/// Ready with the value of whichever of two futures is Ready first.
template <kettle::Future A, kettle::Future B>
  requires std::same_as<typename A::Output, typename B::Output>
class Race {
 public:
  using Output = typename A::Output;

  Race(A a, B b) : a_(std::make_unique<A>(std::move(a))), b_(std::make_unique<B>(std::move(b))) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    if (is_over_) kettle::misuse("A race was polled again after it was Ready.", "after Ready, let it go.", "01-future");
    const auto ask = [this, &context](auto& future) {
      kettle::Poll<Output> answer = future->poll(context);
      is_over_ = answer.is_ready();
      return answer;
    };
    auto answer = a_goes_first_ ? ask(a_) : ask(b_);
    if (!is_over_) answer = a_goes_first_ ? ask(b_) : ask(a_);
    if (is_over_) {
      b_ = nullptr;
      a_ = nullptr;
    }
    return answer;
  }

 private:
  static bool draw() {
    static std::minstd_rand numbers;
    return std::bernoulli_distribution()(numbers);
  }

  std::unique_ptr<A> a_;
  std::unique_ptr<B> b_;
  bool a_goes_first_ = draw();
  bool is_over_ = false;
};

/// Waits for the first of the two. The other one is cancelled.
template <kettle::Future A, kettle::Future B>
Race<A, B> race(A a, B b) {
  return Race<A, B>(std::move(a), std::move(b));
}

}  // namespace mine
