// Mistake: looks for the answers before it polls, and so is Ready one poll too late.
// Kind: off by one
// Fails: two futures that are Ready together give a pair at that poll
#include <kettle/poll.hpp>

#include <utility>

namespace mine {

template <kettle::Future First, kettle::Future Second>
class Both {
 public:
  using Output = std::pair<typename First::Output, typename Second::Output>;

  Both(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    if (first_answer_.is_ready() && second_answer_.is_ready()) {
      return kettle::Ready(Output(first_answer_.take(), second_answer_.take()));
    }
    if (first_answer_.is_pending()) first_answer_ = first_.poll(context);
    if (second_answer_.is_pending()) second_answer_ = second_.poll(context);
    return kettle::pending;
  }

 private:
  First first_;
  Second second_;
  kettle::Poll<typename First::Output> first_answer_ = kettle::pending;
  kettle::Poll<typename Second::Output> second_answer_ = kettle::pending;
};

}  // namespace mine
