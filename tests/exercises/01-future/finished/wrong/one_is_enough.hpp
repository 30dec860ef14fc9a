// Mistake: is Ready as soon as one of the two is.
// Kind: ends too early
// Fails: Both is Pending until the last one is Ready
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
    auto first = first_.poll(context);
    auto second = second_.poll(context);
    if (first.is_pending() && second.is_pending()) return kettle::pending;
    Output both;
    if (first.is_ready()) both.first = first.take();
    if (second.is_ready()) both.second = second.take();
    return kettle::Ready(std::move(both));
  }

 private:
  First first_;
  Second second_;
};

}  // namespace mine
