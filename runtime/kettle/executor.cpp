// The ready queue, the inbox, and what happens to a task between its turns.
#include "kettle/executor.hpp"

#include <string_view>
#include <thread>
#include <utility>

namespace kettle {

namespace {

constinit thread_local Executor* current_executor = nullptr;

// What is told of a task while a trace is on. Apart from the paths that tell it, which stay short.
[[gnu::cold]] void tell_spawn(std::uint64_t task, const TaskName& name) {
  const trace::Arg number("task", task);
  const trace::Arg label("label", name.text);
  const trace::Arg by("by", trace::actor());
  if (name.has_place()) {
    trace::fact("spawn", {number, label, by, {"at", name.at}});
  } else {
    trace::fact("spawn", {number, label, by});
  }
}
[[gnu::cold]] void tell_wake(std::uint64_t task) { trace::fact("wake", {{"task", task}, {"by", trace::actor()}}); }
[[gnu::cold]] void tell_poll(std::uint64_t task) { trace::fact("poll", {{"task", task}}); }
[[gnu::cold]] void tell_done(std::uint64_t task, Ending ending) {
  static constexpr std::string_view how[] = {"ready", "threw", "cancelled"};
  trace::fact("done", {{"task", task}, {"how", how[static_cast<std::size_t>(ending)]}});
}

}  // namespace

// #region schedule
void TaskHeader::schedule() noexcept {
  if (trace::on()) tell_wake(number_);
  if (current_executor == executor_) {
    executor_->push(*this);
  } else {
    executor_->inbox_.push(*this);
  }
}
// #endregion

// A mark, not a task: its address is all that is used of it.
TaskHeader* Inbox::asleep() noexcept {
  static constinit char mark = 0;
  return reinterpret_cast<TaskHeader*>(&mark);
}

void Inbox::push(TaskHeader& task) noexcept {
  TaskHeader* newest = newest_.load(std::memory_order_acquire);
  for (;;) {
    // Kept before the task is visible: afterwards the executor may finish it, and itself be gone.
    const std::shared_ptr<Parker> parker = newest == asleep() ? parker_ : nullptr;
    task.next_ready_ = parker != nullptr ? nullptr : newest;
    if (newest_.compare_exchange_weak(newest, &task, std::memory_order_acq_rel, std::memory_order_acquire)) {
      if (parker != nullptr) parker->unpark();
      return;
    }
  }
}

TaskHeader* Inbox::take_all() noexcept {
  if (newest_.load(std::memory_order_relaxed) == nullptr) return nullptr;
  TaskHeader* task = newest_.exchange(nullptr, std::memory_order_acq_rel);
  TaskHeader* first = nullptr;  // The inbox has the newest first; turn it round.
  while (task != nullptr) {
    TaskHeader* const older = std::exchange(task->next_ready_, first);
    first = std::exchange(task, older);
  }
  return first;
}

bool Inbox::announce_sleep() noexcept {
  TaskHeader* expected = nullptr;
  return newest_.compare_exchange_strong(expected, asleep(), std::memory_order_acq_rel);
}

void Inbox::end_sleep() noexcept {
  TaskHeader* expected = asleep();
  newest_.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel);
}

Executor& Executor::current() {
  if (current_executor != nullptr) return *current_executor;
  Root* const root = Root::current();
  if (root == nullptr) {
    misuse("A task was spawned where no runtime runs.", "call spawn from inside block_on.", "05-spawn");
  }
  auto executor = std::make_unique<Executor>(root->parker());
  current_executor = executor.get();
  root->others = std::move(executor);
  return *current_executor;
}

Executor::Executor(std::shared_ptr<Parker> parker) noexcept : inbox_(std::move(parker)) {}

Executor::~Executor() {
  while (!tasks_.empty() || retired_but_queued_ != 0) {
    if (!tasks_.empty()) {
      TaskHeader& task = tasks_.front();
      const trace::Acting turn({"task", task.number_});
      task.cancel_future();
      retire(task);
    } else if (TaskHeader* const task = pop(); task != nullptr) {
      run(*task);
    } else {
      // A wake-up from another thread is still on its way to the inbox, and would find nothing there: wait for it.
      std::this_thread::yield();
      take_inbox();
    }
  }
  current_executor = nullptr;
}

void Executor::add(TaskHeader& task) noexcept {
  task.executor_ = this;
  task.number_ = ++last_number_;
  tasks_.push_back(task);
  if (trace::on()) tell_spawn(task.number_, task.name_);
  task.schedule();
}

void Executor::push(TaskHeader& task) noexcept {
  task.next_ready_ = nullptr;
  (first_ready_ == nullptr ? first_ready_ : last_ready_->next_ready_) = &task;
  last_ready_ = &task;
  ++ready_;
}

TaskHeader* Executor::pop() noexcept {
  TaskHeader* const task = first_ready_;
  if (task == nullptr) return nullptr;
  first_ready_ = task->next_ready_;
  --ready_;
  return task;
}

void Executor::take_inbox() noexcept {
  TaskHeader* task = inbox_.take_all();
  while (task != nullptr) push(*std::exchange(task, task->next_ready_));
}

// One round: every task that is ready now gets one turn. What becomes ready meanwhile waits for the next round, so
// that block_on's own future, the timers and the inbox have their turns between.
// #region run
bool Executor::run_ready() {
  take_inbox();
  const std::size_t turns = ready_;
  for (std::size_t turn = 0; turn < turns; ++turn) run(*pop());
  return turns != 0;
}

bool Executor::run(TaskHeader& task) {
  if (!task.is_linked()) {  // It ended while it stood in the queue.
    --retired_but_queued_;
    task.release();
    return true;
  }
  if (!poll(task)) return false;
  retire(task);
  return true;
}
// #endregion

bool Executor::poll(TaskHeader& task) {
  task.clear_notified();
  const trace::Acting turn({"task", task.number_});
  if (trace::on()) tell_poll(task.number_);
  const LentWaker lent(task);
  Context context(lent.waker());
  const bool ended = task.poll_future(context);
  if (trace::noting()) last_waits_ = trace::take_waiting();
  if (trace::on() && !ended) trace::fact_pending(task.number_, last_waits_);
  return ended;
}

// A task that has ended leaves the list, and wakes no more. If a wake-up has already put it in the queue, or is on
// its way there, the queue still refers to it: then its last turn lets go of it.
void Executor::retire(TaskHeader& task) noexcept {
  const trace::Acting turn({"task", task.number_});  // Whom its end wakes, it wakes itself.
  if (trace::on()) tell_done(task.number_, task.ending());
  task.unlink();
  task.announce_end();
  if (!task.retire()) ++retired_but_queued_;
}

// Every task gets one more turn, in the order of spawning, as if each had been woken.
std::string Executor::explain_waiting() {
  take_inbox();
  if (!tasks_.empty()) {
    const TaskHeader* const first = &tasks_.front();
    do {
      TaskHeader& task = *tasks_.pop_front();
      tasks_.push_back(task);
      if (task.close()) push(task);  // Unless it stands in the queue already.
    } while (&tasks_.front() != first);
  }
  std::string report;
  bool any_ended = false;
  const std::size_t turns = ready_;
  for (std::size_t turn = 0; turn < turns; ++turn) {
    TaskHeader& task = *pop();
    const std::uint64_t number = task.number_;
    const char* const name = task.name_.text;
    const bool ended = run(task);  // First the turn: should there be no memory for the text, no task is lost.
    if (ended && std::exchange(any_ended, true)) continue;  // It may have ended because the first one did.
    report.append("\n  task " + std::to_string(number) + " (" + name + ") ");
    report.append(ended ? "could go on, but nobody has woken it: a wake-up was lost"
                        : "waits for " + trace::describe(last_waits_));
  }
  return report;
}

}  // namespace kettle
