// Mistake: polls the inner future until it is Ready, and so burns the thread.
// Kind: busy loop
// Fails: Map passes Pending on and leaves its function alone
// Fails: Map polls its inner future once a poll
// Fails: Map is Ready with what its function makes of the value
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

  kettle::Poll<Output> poll(kettle::Context& context) {
    auto answer = inner_.poll(context);
    while (answer.is_pending()) answer = inner_.poll(context);
    return kettle::Ready<Output>(function_(answer.take()));
  }

 private:
  Inner inner_;
  Function function_;
};

}  // namespace mine
