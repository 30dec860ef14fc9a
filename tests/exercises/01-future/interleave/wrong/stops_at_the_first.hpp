// Mistake: returns after the round in which one future is Ready.
// Kind: ends too early
// Fails: each round polls every future that is still Pending once, also when one finishes
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
  while (report.answers.empty() && !futures.empty()) {
    for (F* future : futures) {
      ++report.polls;
      auto answer = future->poll(context);
      if (answer.is_ready()) report.answers.push_back(answer.take());
    }
  }
  return report;
}

}  // namespace mine
