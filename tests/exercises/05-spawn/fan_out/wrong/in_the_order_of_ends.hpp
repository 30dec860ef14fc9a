// Mistake: each job appends its answer when it ends, so that the answers come in the order of the ends.
// Kind: unfair order
// Fails: the answers are in the order of the jobs, not in that of their ends
// Fails: a job that fails has no value, and says why
// Fails: a failure does not disturb the other jobs
// Fails: when measure_all is dropped, the jobs that still run are aborted
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>

#include <exception>
#include <functional>
#include <memory>
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

inline Task<> do_job(Work work, int job, std::shared_ptr<std::vector<Answer>> answers) {
  Answer answer;
  try {
    const int value = co_await work(job);
    answer.value = value;
  } catch (const std::exception& error) {
    answer.error = error.what();
  }
  answers->push_back(answer);
}

inline Task<std::vector<Answer>> measure_all(std::vector<int> jobs, Work work) {
  auto answers = std::make_shared<std::vector<Answer>>();
  std::vector<JoinHandle<void>> workers;
  for (const int job : jobs) workers.push_back(kettle::spawn("job", do_job, work, job, answers));
  for (JoinHandle<void>& worker : workers) co_await worker;
  co_return *answers;
}

}  // namespace mine
