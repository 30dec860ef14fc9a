// Shape: one slot class for future and answer, used twice; the answer is an optional.
#include <kettle/poll.hpp>

#include <optional>
#include <utility>

namespace mine {

template <kettle::Future F>
class Slot {
 public:
  explicit Slot(F future) : future_(std::move(future)) {}

  bool fill(kettle::Context& context) {
    if (value_) return true;
    auto answer = future_.poll(context);
    if (answer.is_ready()) value_.emplace(answer.take());
    return value_.has_value();
  }
  typename F::Output take() { return std::move(*value_); }

 private:
  F future_;
  std::optional<typename F::Output> value_;
};

template <kettle::Future First, kettle::Future Second>
class Both {
 public:
  using Output = std::pair<typename First::Output, typename Second::Output>;

  Both(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    const bool first_is_full = first_.fill(context);
    const bool second_is_full = second_.fill(context);
    if (!first_is_full || !second_is_full) return kettle::pending;
    return kettle::Ready(Output(first_.take(), second_.take()));
  }

 private:
  Slot<First> first_;
  Slot<Second> second_;
};

}  // namespace mine
