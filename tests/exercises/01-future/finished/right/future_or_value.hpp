// Shape: a variant holds either the future or its value, so that a finished future is gone.
#include <kettle/poll.hpp>

#include <utility>
#include <variant>

namespace mine {

template <kettle::Future First, kettle::Future Second>
class Both {
 public:
  using Output = std::pair<typename First::Output, typename Second::Output>;

  Both(First first, Second second)
      : first_(std::in_place_index<0>, std::move(first)), second_(std::in_place_index<0>, std::move(second)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    advance(second_, context);
    advance(first_, context);
    if (first_.index() == 0 || second_.index() == 0) return kettle::pending;
    return kettle::Ready(Output(std::get<1>(std::move(first_)), std::get<1>(std::move(second_))));
  }

 private:
  template <class F>
  using FutureOrValue = std::variant<F, typename F::Output>;

  template <class F>
  static void advance(FutureOrValue<F>& state, kettle::Context& context) {
    if (state.index() == 1) return;
    auto answer = std::get<0>(state).poll(context);
    if (answer.is_ready()) state.template emplace<1>(answer.take());
  }

  FutureOrValue<First> first_;
  FutureOrValue<Second> second_;
};

}  // namespace mine
