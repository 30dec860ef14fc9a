// Mistake: asks each until it is Ready, within one poll, as a function that waits would.
// Kind: busy loop
// Fails: two futures that are Ready together give a pair at that poll
// Fails: Both is Pending until the last one is Ready
// Fails: each poll of Both polls each of the two once
// Fails: both futures get the context that Both was polled with
#include <kettle/poll.hpp>

#include <utility>

namespace mine {

/// Both futures at once: Ready, with a pair of their values, when the last of them is.
template <kettle::Future First, kettle::Future Second>
class Both {
 public:
  using Output = std::pair<typename First::Output, typename Second::Output>;

  Both(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    while (first_answer_.is_pending()) first_answer_ = first_.poll(context);
    while (second_answer_.is_pending()) second_answer_ = second_.poll(context);
    return kettle::Ready(Output(first_answer_.take(), second_answer_.take()));
  }

 private:
  First first_;
  Second second_;
  kettle::Poll<typename First::Output> first_answer_ = kettle::pending;
  kettle::Poll<typename Second::Output> second_answer_ = kettle::pending;
};

}  // namespace mine
