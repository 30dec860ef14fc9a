// Shape: Countdown holds what is left or nothing; Map destroys its inner future as soon as that is Ready.
#include <kettle/poll.hpp>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace mine {

class Countdown {
 public:
  using Output = void;
  explicit Countdown(int steps) : left_(steps > 0 ? std::optional<int>(steps) : std::nullopt) {}
  kettle::Poll<> poll(kettle::Context&) {
    if (!left_.has_value()) return kettle::Ready();
    left_ = *left_ > 1 ? std::optional<int>(*left_ - 1) : std::nullopt;
    return kettle::pending;
  }

 private:
  std::optional<int> left_;
};

template <kettle::Future Inner, class Function>
class Map {
 public:
  using Output = std::invoke_result_t<Function&, typename Inner::Output>;
  Map(Inner inner, Function function)
      : inner_(std::make_unique<Inner>(std::move(inner))), function_(std::move(function)) {}
  kettle::Poll<Output> poll(kettle::Context& context) {
    if (auto answer = inner_->poll(context); answer.is_ready()) {
      inner_.reset();
      return kettle::Ready<Output>(function_(answer.take()));
    }
    return kettle::pending;
  }

 private:
  std::unique_ptr<Inner> inner_;
  Function function_;
};

}  // namespace mine
