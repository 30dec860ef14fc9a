// Mistake: counts the rounds, not the polls.
// Kind: other answer
// Fails: every poll is counted
#include <kettle/poll.hpp>

#include <utility>
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
    ++report.polls;
    std::vector<F*> still_pending;
    for (F* future : futures) {
      auto answer = future->poll(context);
      if (answer.is_ready()) {
        report.answers.push_back(answer.take());
      } else {
        still_pending.push_back(future);
      }
    }
    futures = std::move(still_pending);
  }
  return report;
}

}  // namespace mine
