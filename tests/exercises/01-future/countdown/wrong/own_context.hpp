// Mistake: polls the inner future with a context of its own, which wakes nobody.
// Kind: wrong waker
// Fails: Map hands its own context to the inner future
#include <kettle/poll.hpp>

#include <type_traits>
#include <utility>

namespace mine {

/// Pending `steps` times, then Ready.
class Countdown {
 public:
  using Output = void;

  explicit Countdown(int steps) : left_(steps) {}

  kettle::Poll<> poll(kettle::Context&) {
    if (left_ == 0) return kettle::Ready();
    --left_;
    return kettle::pending;
  }

 private:
  int left_;
};

/// A future whose value is that of `Inner`, passed through `Function`.
template <kettle::Future Inner, class Function>
class Map {
 public:
  using Output = std::invoke_result_t<Function&, typename Inner::Output>;

  Map(Inner inner, Function function) : inner_(std::move(inner)), function_(std::move(function)) {}

  kettle::Poll<Output> poll(kettle::Context&) {
    kettle::Context context;
    auto answer = inner_.poll(context);
    if (answer.is_pending()) return kettle::pending;
    return kettle::Ready<Output>(function_(answer.take()));
  }

 private:
  Inner inner_;
  Function function_;
};

}  // namespace mine
