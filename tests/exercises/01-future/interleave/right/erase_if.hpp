// Shape: std::erase_if goes through the list once a round, polls, and drops who is Ready.
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
  while (!futures.empty()) {
    std::erase_if(futures, [&](F* future) {
      ++report.polls;
      auto answer = future->poll(context);
      if (answer.is_pending()) return false;
      report.answers.push_back(answer.take());
      return true;
    });
  }
  return report;
}

}  // namespace mine
