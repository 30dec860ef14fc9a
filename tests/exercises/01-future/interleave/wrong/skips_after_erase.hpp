// Mistake: erases the finished one and steps on: whoever moved into its place misses this round.
// Kind: off by one
// Fails: each round polls every future that is still Pending once, also when one finishes
#include <kettle/poll.hpp>

#include <cstddef>
#include <vector>

namespace mine {

template <class T>
struct Report {
  std::vector<T> answers;
  int polls = 0;
};

template <kettle::Future F>
Report<typename F::Output> take_turns(std::vector<F*> futures) {
  Report<typename F::Output> report;
  kettle::Context context;
  while (!futures.empty()) {
    for (std::size_t i = 0; i < futures.size(); ++i) {
      ++report.polls;
      auto answer = futures[i]->poll(context);
      if (answer.is_ready()) {
        report.answers.push_back(answer.take());
        futures.erase(futures.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }
  return report;
}

}  // namespace mine
