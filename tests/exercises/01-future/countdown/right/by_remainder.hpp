// Shape: counts up instead of down, and maps with a conditional expression.
#include <kettle/poll.hpp>

#include <type_traits>
#include <utility>

namespace mine {

class Countdown {
 public:
  using Output = void;
  explicit Countdown(int steps) : steps_(steps) {}
  kettle::Poll<> poll(kettle::Context&) {
    if (polls_++ < steps_) return kettle::pending;
    return kettle::Ready();
  }

 private:
  int steps_;
  int polls_ = 0;
};

template <kettle::Future Inner, class Function>
class Map {
 public:
  using Output = std::invoke_result_t<Function&, typename Inner::Output>;
  Map(Inner inner, Function function) : inner_(std::move(inner)), function_(std::move(function)) {}
  kettle::Poll<Output> poll(kettle::Context& context) {
    kettle::Poll<typename Inner::Output> answer = inner_.poll(context);
    return answer.is_ready() ? kettle::Poll<Output>(kettle::Ready<Output>(function_(answer.take())))
                             : kettle::Poll<Output>(kettle::pending);
  }

 private:
  Inner inner_;
  Function function_;
};

}  // namespace mine
