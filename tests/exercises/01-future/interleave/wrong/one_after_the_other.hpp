// Mistake: stays with the first future until it is Ready: the others wait.
// Kind: one after the other
// Fails: two futures take turns, one poll each
// Fails: each round polls every future that is still Pending once, also when one finishes
// Fails: the answers stand in the order in which they came
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
  for (F* future : futures) {
    ++report.polls;
    auto answer = future->poll(context);
    while (answer.is_pending()) {
      ++report.polls;
      answer = future->poll(context);
    }
    report.answers.push_back(answer.take());
  }
  return report;
}

}  // namespace mine
