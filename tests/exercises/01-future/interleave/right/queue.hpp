// Shape: one queue and no rounds: whoever is Pending goes to the end of the line.
#include <kettle/poll.hpp>

#include <deque>
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
  std::deque<F*> line(futures.begin(), futures.end());
  while (!line.empty()) {
    F* const future = line.front();
    line.pop_front();
    ++report.polls;
    auto answer = future->poll(context);
    if (answer.is_ready()) {
      report.answers.push_back(answer.take());
    } else {
      line.push_back(future);
    }
  }
  return report;
}

}  // namespace mine
