#pragma once
// Executor: many tasks on one thread. Lesson 05.
//
// A task is a future with a header. The header is what its wakers point at and what stands in the ready queue, once
// however often it is woken. The executor takes tasks from the front of the queue and polls each once; a task that is
// woken meanwhile, even by itself, goes to the back. Only the thread of its block_on touches an executor, but wake-ups
// may come from any thread: those go through the inbox.

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

#include "kettle/block_on.hpp"
#include "kettle/intrusive_list.hpp"
#include "kettle/waker.hpp"

namespace kettle {

class Executor;

/// A task's name, for traces and reports, and where it was spawned. The text must outlive the task: use a literal.
struct TaskName {
  constexpr TaskName(const char* t, std::source_location a = std::source_location::current()) noexcept
      : text(t), at(a) {}
  /// False for a task of which nobody knows where it was spawned.
  bool has_place() const noexcept { return at.line() != 0; }

  const char* text;
  std::source_location at;
};

/// How a task ended.
enum class Ending : std::uint8_t { ready, threw, cancelled };

/// What every spawned task begins with: the target of its wakers, its place in the queue, its name.
class TaskHeader : public Wakeable, public ListNode {
 public:
  /// It begins woken, and with so many references: the executor's, and those of handles.
  explicit TaskHeader(TaskName name, std::uint32_t references = 1) noexcept : Wakeable(references), name_(name) {}

  std::uint64_t number() const noexcept { return number_; }
  const TaskName& name() const noexcept { return name_; }

 protected:
  ~TaskHeader() override = default;

 private:
  friend class Executor;
  friend class Inbox;

  /// Polls the future. True when that was its end: the future is gone, and its outcome is kept.
  virtual bool poll_future(Context& context) noexcept = 0;
  /// Destroys the future; its outcome is "cancelled".
  virtual void cancel_future() noexcept = 0;
  /// Tells whoever joins the task that its outcome is there.
  virtual void announce_end() noexcept = 0;
  virtual Ending ending() const noexcept = 0;

  void schedule() noexcept final;

  TaskName name_;
  Executor* executor_ = nullptr;
  TaskHeader* next_ready_ = nullptr;
  std::uint32_t number_ = 0;
};

/// Tasks that other threads have woken, and whether their executor sleeps, in one word.
///
///   nullptr --push--> newest task --push--> newer task --take--> nullptr
///      |'---announce_sleep---> asleep --push (and unpark)--> the task
///      '------end_sleep-----------'
class Inbox {
 public:
  explicit Inbox(std::shared_ptr<Parker> parker) noexcept : parker_(std::move(parker)) {}

  /// Puts `task` in, from any thread, and wakes the executor if it has announced sleep. Lock-free.
  void push(TaskHeader& task) noexcept;

  /// Takes everything out, the first one first; linked through next_ready_.
  TaskHeader* take_all() noexcept;

  /// False when there is something inside.
  bool announce_sleep() noexcept;
  void end_sleep() noexcept;

 private:
  static TaskHeader* asleep() noexcept;
  std::shared_ptr<Parker> parker_;
  sync::Atomic<TaskHeader*> newest_{nullptr};
};

/// The tasks that were spawned inside one block_on.
class Executor final : public OtherTasks {
 public:
  /// The executor of the block_on that this thread runs. Misuse outside one.
  static Executor& current();

  explicit Executor(std::shared_ptr<Parker> parker) noexcept;

  /// Cancels what is left, in the order of spawning: the futures are destroyed, and whoever joins is told.
  /// What they spawn meanwhile is cancelled too.
  ~Executor() override;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Takes over the owner's reference of `task` and puts it at the back of the ready queue.
  void add(TaskHeader& task) noexcept;

  bool run_ready() override;
  bool announce_sleep() noexcept override { return inbox_.announce_sleep(); }
  void end_sleep() noexcept override { inbox_.end_sleep(); }
  std::string explain_waiting() override;

 private:
  friend class TaskHeader;
  void push(TaskHeader& task) noexcept;
  TaskHeader* pop() noexcept;
  void take_inbox() noexcept;
  bool run(TaskHeader& task);  // Both are true when that was its end.
  bool poll(TaskHeader& task);
  void retire(TaskHeader& task) noexcept;

  TaskHeader* first_ready_ = nullptr;
  TaskHeader* last_ready_ = nullptr;
  std::size_t ready_ = 0;
  std::size_t retired_but_queued_ = 0;  // Ended, and still referred to by the ready queue or the inbox.
  std::uint32_t last_number_ = 1;       // Task 1 is block_on's own.
  trace::Waiting last_waits_;           // What the last poll that was Pending waits on, while a trace is on.
  IntrusiveList<TaskHeader> tasks_;     // All that have not ended, in the order of spawning.
  Inbox inbox_;
};

}  // namespace kettle
