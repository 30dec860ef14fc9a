// Shape: a hand-made future polls all handles; its destructor aborts those that are left.
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mine {

using kettle::JoinHandle;
using kettle::Task;

/// What a job does.
using Work = std::function<Task<int>(int job)>;

/// What became of a job: a value, or why there is none.
struct Answer {
  std::optional<int> value;
  std::string error;
};

class All {
 public:
  using Output = std::vector<Answer>;

  All(const std::vector<int>& jobs, const Work& work) : answers_(jobs.size()) {
    for (const int job : jobs) workers_.emplace_back(kettle::spawn("job", work, job));
  }
  ~All() {
    for (std::optional<JoinHandle<int>>& worker : workers_) {
      if (worker) worker->abort();
    }
  }
  All(const All&) = delete;
  All& operator=(const All&) = delete;

  kettle::Poll<std::vector<Answer>> poll(kettle::Context& context) {
    bool all_done = true;
    for (std::size_t place = 0; place < workers_.size(); ++place) {
      if (!workers_[place]) continue;
      try {
        auto answer = workers_[place]->poll(context);
        if (answer.is_pending()) {
          all_done = false;
          continue;
        }
        answers_[place].value = answer.take();
      } catch (const std::exception& error) {
        answers_[place].error = error.what();
      }
      workers_[place].reset();
    }
    if (!all_done) return kettle::pending;
    return kettle::Ready(std::move(answers_));
  }

 private:
  std::vector<std::optional<JoinHandle<int>>> workers_;
  std::vector<Answer> answers_;
};

inline Task<std::vector<Answer>> measure_all(std::vector<int> jobs, Work work) {
  All all(jobs, work);
  std::vector<Answer> answers = co_await all;
  co_return answers;
}

}  // namespace mine
