// Shape: each job writes its answer to its own place and never throws; one guard a handle aborts it.
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

class Guarded {
 public:
  explicit Guarded(JoinHandle<void> handle) : handle_(std::move(handle)) {}
  Guarded(Guarded&&) noexcept = default;
  Guarded& operator=(Guarded&&) = delete;
  ~Guarded() { handle_.abort(); }
  JoinHandle<void>& handle() { return handle_; }

 private:
  JoinHandle<void> handle_;
};

inline Task<> do_job(Work work, int job, std::size_t place, std::shared_ptr<std::vector<Answer>> answers) {
  try {
    const int value = co_await work(job);
    (*answers)[place].value = value;
  } catch (const std::exception& error) {
    (*answers)[place].error = error.what();
  }
}

inline Task<std::vector<Answer>> measure_all(std::vector<int> jobs, Work work) {
  auto answers = std::make_shared<std::vector<Answer>>(jobs.size());
  std::vector<Guarded> workers;
  workers.reserve(jobs.size());
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    workers.emplace_back(kettle::spawn("job", do_job, work, jobs[place], place, answers));
  }
  for (Guarded& worker : workers) co_await worker.handle();
  co_return std::move(*answers);
}

}  // namespace mine
