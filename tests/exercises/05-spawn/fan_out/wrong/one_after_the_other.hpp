// Mistake: joins each job before the next one is spawned.
// Kind: one after the other
// Fails: all the jobs begin at once
// Fails: measure_all is Ready when the last job is, and at once when there is none
// Fails: a failure does not disturb the other jobs
// Fails: when measure_all is dropped, the jobs that still run are aborted
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

/// Does all jobs at the same time.
inline Task<std::vector<Answer>> measure_all(std::vector<int> jobs, Work work) {
  std::vector<Answer> answers;
  for (const int job : jobs) {
    JoinHandle<int> worker = kettle::spawn("job", work, job);
    Answer answer;
    try {
      const int value = co_await worker;
      answer.value = value;
    } catch (const std::exception& error) {
      answer.error = error.what();
    }
    answers.push_back(answer);
  }
  co_return answers;
}

}  // namespace mine
