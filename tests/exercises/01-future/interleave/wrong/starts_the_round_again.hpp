// Mistake: leaves the round when one finishes, and begins again with the first.
// Kind: unfair order
// Fails: each round polls every future that is still Pending once, also when one finishes
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
    for (auto place = futures.begin(); place != futures.end(); ++place) {
      ++report.polls;
      auto answer = (*place)->poll(context);
      if (answer.is_ready()) {
        report.answers.push_back(answer.take());
        futures.erase(place);
        break;
      }
    }
  }
  return report;
}

}  // namespace mine
