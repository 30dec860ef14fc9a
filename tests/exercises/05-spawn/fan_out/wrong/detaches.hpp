// Mistake: thinks that a dropped JoinHandle stops its task.
// Kind: missing cancel
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

/// Tasks that somebody wants: they are aborted when nobody does any more.
class Workers {
 public:
  Workers() = default;
  ~Workers() { handles_.clear(); }
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
  for (JoinHandle<int>& worker : workers.handles()) {
    Answer answer;
    try {
      const int value = co_await worker;
      answer.value = value;
    } catch (const std::exception& error) {
      answer.error = error.what();
    }
    answers.push_back(std::move(answer));
  }
  co_return answers;
}

}  // namespace mine
