// Mistake: does not begin with the second before the first is Ready.
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
    if (first_answer_.is_pending()) {
      first_answer_ = first_.poll(context);
      if (first_answer_.is_pending()) return kettle::pending;
    }
    auto second = second_.poll(context);
    if (second.is_pending()) return kettle::pending;
    return kettle::Ready(Output(first_answer_.take(), second.take()));
  }

 private:
  First first_;
  Second second_;
  kettle::Poll<typename First::Output> first_answer_ = kettle::pending;
};

}  // namespace mine
