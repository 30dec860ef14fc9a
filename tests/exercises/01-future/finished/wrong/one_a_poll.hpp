// Mistake: polls only one of the two at each poll, in turn.
// Kind: one after the other
// Fails: two futures that are Ready together give a pair at that poll
// Fails: each poll of Both polls each of the two once
// Fails: both futures get the context that Both was polled with
#include <kettle/poll.hpp>

#include <utility>

namespace mine {

template <kettle::Future First, kettle::Future Second>
class Both {
 public:
  using Output = std::pair<typename First::Output, typename Second::Output>;

  Both(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    first_has_turn_ = !first_has_turn_;
    if (first_answer_.is_pending() && (first_has_turn_ || second_answer_.is_ready())) {
      first_answer_ = first_.poll(context);
    } else if (second_answer_.is_pending()) {
      second_answer_ = second_.poll(context);
    }
    if (first_answer_.is_pending() || second_answer_.is_pending()) return kettle::pending;
    return kettle::Ready(Output(first_answer_.take(), second_answer_.take()));
  }

 private:
  First first_;
  Second second_;
  kettle::Poll<typename First::Output> first_answer_ = kettle::pending;
  kettle::Poll<typename Second::Output> second_answer_ = kettle::pending;
  bool first_has_turn_ = false;
};

}  // namespace mine
