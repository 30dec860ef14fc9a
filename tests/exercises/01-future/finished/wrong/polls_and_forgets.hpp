// Mistake: keeps the answer that came early, and polls that future all the same.
// Kind: double poll
// Fails: the first is left alone once it was Ready
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

  // #region poll
  kettle::Poll<Output> poll(kettle::Context& context) {
    auto first = first_.poll(context);
    auto second = second_.poll(context);
    if (first.is_ready()) first_answer_ = std::move(first);
    if (second.is_ready()) second_answer_ = std::move(second);
    if (first_answer_.is_pending() || second_answer_.is_pending()) return kettle::pending;
    return kettle::Ready(Output(first_answer_.take(), second_answer_.take()));
  }
  // #endregion

 private:
  First first_;
  Second second_;
  kettle::Poll<typename First::Output> first_answer_ = kettle::pending;
  kettle::Poll<typename Second::Output> second_answer_ = kettle::pending;
};

}  // namespace mine
