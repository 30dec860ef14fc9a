#pragma once
// Fan out, fan in
// use · lesson 05 · ./learn test fan_out
//
//                      .--> work(4) --.
//   measure_all(jobs) ----> work(0) -----> answers, in the order of the jobs
//                      '--> work(7) --'
//
// A job is a number, and so is its value; work(job) is a task that takes its time, and may fail. Your task: write
// measure_all, which is used like this: const std::vector<Answer> answers = co_await measure_all(jobs, work);
//   1. all the jobs begin at once, each as a task of its own;
//   2. answers[i] belongs to jobs[i], in whatever order they end;
//   3. measure_all is Ready when the last job is, and at once when there are no jobs;
//   4. a job that throws has no value: its answer holds what the exception says. The others are not disturbed;
//   5. measure_all itself throws nothing;
//   6. whoever drops measure_all half-way wants no answers: then the jobs that still run are aborted, and end.
//
// Given: lesson 05. A JoinHandle that is dropped detaches its task: that alone is not enough for 6. Do not use:
// threads, sleeping.

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
