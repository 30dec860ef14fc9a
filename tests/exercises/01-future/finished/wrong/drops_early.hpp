// Mistake: remembers that a future was Ready, but not with what.
// Kind: lost value
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
    typename First::Output first{};
    typename Second::Output second{};
    if (!first_done_) {
      auto answer = first_.poll(context);
      first_done_ = answer.is_ready();
      if (first_done_) first = answer.take();
    }
    if (!second_done_) {
      auto answer = second_.poll(context);
      second_done_ = answer.is_ready();
      if (second_done_) second = answer.take();
    }
    if (!first_done_ || !second_done_) return kettle::pending;
    return kettle::Ready(Output(std::move(first), std::move(second)));
  }

 private:
  First first_;
  Second second_;
  bool first_done_ = false;
  bool second_done_ = false;
};

}  // namespace mine
