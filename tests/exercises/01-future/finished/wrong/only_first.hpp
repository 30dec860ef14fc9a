// Mistake: keeps the answer of the first only: the second was never seen to be early.
// Kind: double poll
// Fails: the second is left alone once it was Ready
// Fails: a value that came early is in the pair at the end
#include <kettle/poll.hpp>

#include <utility>

namespace mine {

template <kettle::Future First, kettle::Future Second>
class Both {
 public:
  using Output = std::pair<typename First::Output, typename Second::Output>;

  Both(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

  kettle::Poll<Output> poll(kettle::Context& context) {
    if (first_answer_.is_pending()) first_answer_ = first_.poll(context);
    auto second = second_.poll(context);
    if (first_answer_.is_pending() || second.is_pending()) return kettle::pending;
    return kettle::Ready(Output(first_answer_.take(), second.take()));
  }

 private:
  First first_;
  Second second_;
  kettle::Poll<typename First::Output> first_answer_ = kettle::pending;
};

}  // namespace mine
