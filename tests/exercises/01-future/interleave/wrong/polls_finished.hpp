// Mistake: counts how many are Ready, and polls those again in the next round.
// Kind: double poll
// Fails: each round polls every future that is still Pending once, also when one finishes
// Fails: a future that was Ready is left alone
// Fails: the answers stand in the order in which they came
// Fails: every poll is counted
#include <kettle/poll.hpp>

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
  while (report.answers.size() < futures.size()) {
    for (F* future : futures) {
      ++report.polls;
      auto answer = future->poll(context);
      if (answer.is_ready()) report.answers.push_back(answer.take());
    }
  }
  return report;
}

}  // namespace mine
