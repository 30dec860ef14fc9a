// Shape: marks the finished ones with a null pointer, and counts how many are left.
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
  std::size_t left = futures.size();
  while (left > 0) {
    for (F*& future : futures) {
      if (future == nullptr) continue;
      ++report.polls;
      auto answer = future->poll(context);
      if (answer.is_pending()) continue;
      report.answers.push_back(answer.take());
      future = nullptr;
      --left;
    }
  }
  return report;
}

}  // namespace mine
