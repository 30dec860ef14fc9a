// Mistake: takes the first poll for the start, which is always Pending: a countdown from 0 waits once.
// Kind: off by one
// Fails: Countdown(0) is Ready at the first poll
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
    if (begun_ && left_ == 0) return kettle::Ready();
    begun_ = true;
    if (left_ > 0) --left_;
    return kettle::pending;
  }

 private:
  int left_;
  bool begun_ = false;
};

/// A future whose value is that of `Inner`, passed through `Function`.
template <kettle::Future Inner, class Function>
class Map {
 public:
  using Output = std::invoke_result_t<Function&, typename Inner::Output>;

  Map(Inner inner, Function function) : inner_(std::move(inner)), function_(std::move(function)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    auto answer = inner_.poll(context);
    if (answer.is_pending()) return kettle::pending;
    return kettle::Ready<Output>(function_(answer.take()));
  }

 private:
  Inner inner_;
  Function function_;
};

}  // namespace mine
