// Grades 05-spawn/fan_out: many tasks at once, and all their outcomes in order.
#include "fan_out.hpp"

#include <doctest/doctest.h>
#include <kettle/time.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "futures.hpp"

namespace {

using kettle::Clock;
using kettle::Task;
using mine::Answer;
using story::expect;
using story::expect_equal;
using namespace std::chrono_literals;

constexpr auto handle_section = "lessons/05-spawn/README.md#a-handle";
constexpr auto end_section = "lessons/05-spawn/README.md#the-end-of-a-task";

long minute() { return Clock::now().time_since_epoch() / 1min; }

/// Where the jobs are done. Job 30 takes 30 minutes, and its value is 300.
class Lab {
 public:
  explicit Lab(std::vector<int> broken = {}) : broken_(std::move(broken)) {}
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  /// Does the jobs, to the end.
  std::vector<Answer> measure(std::vector<int> jobs) {
    kettle::VirtualTime time;
    std::vector<Answer> answers;
    try {
      answers = kettle::block_on(mine::measure_all(jobs, work()));
    } catch (const std::runtime_error& error) {
      story::step("{} min: measure_all throws: {}", minute(), error.what());
      story::fail("measure_all throws nothing: a failure belongs to the answer of its job",
                  fmt::format("it throws: {}", error.what()));
    }
    over = minute();
    story::step("{} min: measure_all is Ready", over);
    expect_equal(answers.size(), jobs.size(), fmt::format("answers to {} jobs", jobs.size()));
    return answers;
  }

  /// Does the jobs as a task that is dropped after a while.
  void measure_and_drop(std::vector<int> jobs, std::chrono::minutes after) {
    kettle::VirtualTime time;
    kettle::block_on(drop_later(std::move(jobs), after));
  }

  long over = 0;
  long last_begin = 0;
  int begun = 0;
  int done = 0;
  int running = 0;
  int running_after_drop = 0;

 private:
  /// Notes the end of a job, however it comes.
  class Running {
   public:
    Running(Lab& lab, int job) : lab_(lab), job_(job) { ++lab_.running; }
    ~Running() {
      --lab_.running;
      if (!is_done) story::step("{} min: job {} is dropped", minute(), job_);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    bool is_done = false;

   private:
    Lab& lab_;
    int job_;
  };

  mine::Work work() {
    return [this](int job) { return run(job); };
  }

  Task<int> run(int job) {
    Running running_job(*this, job);
    ++begun;
    last_begin = minute();
    story::step("{} min: job {} begins", minute(), job);
    co_await kettle::sleep(std::chrono::minutes(job));
    ++done;
    running_job.is_done = true;
    if (std::find(broken_.begin(), broken_.end(), job) != broken_.end()) {
      story::step("{} min: job {} fails", minute(), job);
      throw std::runtime_error(fmt::format("sensor {} is broken", job));
    }
    story::step("{} min: job {} is done", minute(), job);
    co_return job * 10;
  }

  Task<> drop_later(std::vector<int> jobs, std::chrono::minutes after) {
    auto handle = kettle::spawn("measure_all", mine::measure_all(std::move(jobs), work()));
    co_await kettle::sleep(after);
    story::step("{} min: measure_all is dropped", minute());
    handle.abort();
    co_await kettle::sleep(1min);
    running_after_drop = running;
    co_await kettle::sleep(100min);
  }

  std::vector<int> broken_;
};

std::string show(const Answer& answer) { return answer.value ? std::to_string(*answer.value) : "no value"; }

std::string show(const std::vector<Answer>& answers) {
  std::string text;
  for (const Answer& answer : answers) text += (text.empty() ? "" : ", ") + show(answer);
  return text;
}

TEST_CASE("all the jobs begin at once") {
  story::teach("spawn every job before the first one is joined: then they run at the same time.", handle_section);
  Lab lab;
  lab.measure({40, 10, 30});
  expect_equal(lab.begun, 3, "jobs that were begun");
  expect_equal(lab.last_begin, 0, "the minute in which the last one begins");
}

TEST_CASE("the answers are in the order of the jobs, not in that of their ends") {
  story::teach("Join the handles in the order of the jobs. One that has ended before keeps its value for you.",
               handle_section);
  Lab lab;
  expect_equal(show(lab.measure({40, 10, 30, 20})), "400, 100, 300, 200", "the values for the jobs 40, 10, 30, 20");
}

TEST_CASE("measure_all is Ready when the last job is, and at once when there is none") {
  story::teach("Join every task, and nothing else: no sleep, no guess.", handle_section);
  Lab lab;
  lab.measure({40, 10});
  expect_equal(lab.over, 40, "the minute in which measure_all is Ready after jobs of 40 and 10 minutes");
  lab.measure({10, 40});
  expect_equal(lab.over, 40, "the minute in which measure_all is Ready after jobs of 10 and 40 minutes");
  lab.measure({});
  expect_equal(lab.over, 0, "the minute in which measure_all is Ready when there is no job");
}

TEST_CASE("a job that fails has no value, and says why") {
  story::teach("co_await handle throws what its task threw: catch it there, where you know which job it was.",
               handle_section);
  Lab lab({10});
  const std::vector<Answer> answers = lab.measure({20, 10});
  expect(!answers[1].value, "answers[1] has no value: its job has failed", "it has the value " + show(answers[1]));
  expect(answers[1].error == "sensor 10 is broken", "answers[1].error: \"sensor 10 is broken\"",
         fmt::format("answers[1].error: \"{}\"", answers[1].error));
  expect(answers[0].error.empty(), "answers[0].error is empty: its job has not failed", "it says: " + answers[0].error);
}

TEST_CASE("a failure does not disturb the other jobs") {
  story::teach("Go on joining after a failure: the other outcomes are still there, or to come.", handle_section);
  Lab lab({10, 30});
  expect_equal(show(lab.measure({10, 40, 30, 20})), "no value, 400, no value, 200",
               "the values for the jobs 10, 40, 30, 20, of which 10 and 30 fail");
  expect_equal(lab.done, 4, "jobs that came to their end");
  expect_equal(lab.over, 40, "the minute in which measure_all is Ready");
}

TEST_CASE("when measure_all is dropped, the jobs that still run are aborted") {
  story::teach("A dropped JoinHandle lets its task go on. Who wants it to stop calls abort(), here in a destructor.",
               end_section);
  Lab lab;
  lab.measure_and_drop({40, 10, 30}, 20min);
  expect_equal(lab.running_after_drop, 0, "jobs that run a minute after measure_all was dropped");
  expect_equal(lab.done, 1, "jobs that came to their end (one was done before the drop)");
}

}  // namespace
