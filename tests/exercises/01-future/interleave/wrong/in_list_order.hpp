// Mistake: keeps the answers in the order of the list.
// Kind: unfair order
// Fails: the answers stand in the order in which they came
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
  std::vector<kettle::Poll<typename F::Output>> answers;
  for (std::size_t i = 0; i < futures.size(); ++i) answers.emplace_back(kettle::pending);
  bool all_ready = false;
  while (!all_ready) {
    all_ready = true;
    for (std::size_t i = 0; i < futures.size(); ++i) {
      if (answers[i].is_ready()) continue;
      ++report.polls;
      answers[i] = futures[i]->poll(context);
      if (answers[i].is_pending()) all_ready = false;
    }
  }
  for (auto& answer : answers) report.answers.push_back(answer.take());
  return report;
}

}  // namespace mine
