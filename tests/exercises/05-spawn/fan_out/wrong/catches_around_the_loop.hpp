// Mistake: catches around the loop, so that a failure goes into the wrong answer and ends the joining.
// Kind: lost error
// Fails: a job that fails has no value, and says why
// Fails: a failure does not disturb the other jobs
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

/// Tasks that somebody wants: they are aborted when nobody does any more.
class Workers {
 public:
  Workers() = default;
  ~Workers() {
    for (JoinHandle<int>& worker : handles_) worker.abort();  // One that has ended stays as it is.
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void add(JoinHandle<int> worker) { handles_.push_back(std::move(worker)); }
  std::vector<JoinHandle<int>>& handles() { return handles_; }

 private:
  std::vector<JoinHandle<int>> handles_;
};

/// Does all jobs at the same time.
inline Task<std::vector<Answer>> measure_all(std::vector<int> jobs, Work work) {
  Workers workers;
  for (const int job : jobs) workers.add(kettle::spawn("job", work, job));

  std::vector<Answer> answers;
  answers.resize(jobs.size());
  try {
    std::size_t place = 0;
    for (JoinHandle<int>& worker : workers.handles()) {
      const int value = co_await worker;
      answers[place].value = value;
      ++place;
    }
  } catch (const std::exception& error) {
    answers[0].error = error.what();
  }
  co_return answers;
}

}  // namespace mine
