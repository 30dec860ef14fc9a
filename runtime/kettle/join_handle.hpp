#pragma once
// spawn and JoinHandle: begin a task now, ask for its outcome later. Lesson 05.
//
// Three outcomes can be told apart: the value, the exception that the task threw, and Cancelled. Dropping the handle
// detaches the task: it goes on, and if it throws, the exception is reported. A handle may be used on any thread;
// spawn belongs to the thread of a block_on. One allocation a task, beside its coroutine's frame.

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "kettle/executor.hpp"
#include "kettle/frame_allocator.hpp"

namespace kettle {

/// Thrown where a task is joined that was aborted, or whose runtime ended before it did.
class Cancelled : public std::exception {
 public:
  const char* what() const noexcept override { return "the task was cancelled"; }
};

/// An exception that left a task which nobody joins.
struct DetachedError {
  TaskName task;
  std::exception_ptr error;
};

/// Sets who is told of such exceptions, and returns who was told before. It may be called on any thread. The default
/// prints the task's name, where it was spawned, and the exception to standard error.
using DetachedErrorHook = void (*)(const DetachedError&);
DetachedErrorHook on_detached_error(DetachedErrorHook hook) noexcept;

/// The half of a task that its handle sees: whether it has ended, and whom that wakes.
class Joinable : public TaskHeader {
 public:
  explicit Joinable(TaskName name) noexcept : TaskHeader(name, 2) {}  // The executor's reference, and the handle's.

  /// Asks for the task's end: its future is destroyed at its next turn.
  void abort() noexcept;
  bool has_ended() const noexcept { return join_.load(std::memory_order_acquire) == ended; }

  /// True once the task has ended; before that, keeps the waker. For one handle.
  bool poll_end(const Waker& waker) noexcept;

  /// Nobody will join any more.
  void detach() noexcept;

 protected:
  bool is_aborted() const noexcept { return aborted_.load(std::memory_order_acquire); }

 private:
  /// What the task threw, once; nothing when it did not, or when that was asked for.
  virtual std::exception_ptr take_error() noexcept = 0;

  void announce_end() noexcept final;
  void report_error() noexcept;

  //   nobody waits <--> waits --> ended       (the handle moves it left and right, the end moves it to the right;
  //        '--> detached <--'                  whoever comes second of "ended" and "detached" reports an error)
  enum Join : std::uint8_t { nobody_waits, waits, ended, detached };
  sync::Atomic<std::uint8_t> join_{nobody_waits};
  sync::Atomic<bool> aborted_{false};
  Waker waker_ = Waker::noop();
};

/// ... and how it ended.
template <class T>
class Outcome : public Joinable {
 public:
  using Joinable::Joinable;

  /// The value, once; throws what the task threw, or Cancelled. Only after the end.
  virtual Poll<T> take_outcome() = 0;
};

/// A task: its header, and its future, whose place its outcome takes; in one piece of memory.
template <Future F>
class Spawned final : public Outcome<typename F::Output>, public Pooled {
 public:
  using Value = Poll<typename F::Output>;

  template <class... Args>
  explicit Spawned(TaskName name, Args&&... args)
      : Outcome<typename F::Output>(name), room_(std::in_place_type<F>, std::forward<Args>(args)...) {}

 private:
  // #region end
  bool poll_future(Context& context) noexcept override {
    if (this->is_aborted()) {
      cancel_future();
      return true;
    }
    try {
      Value answer = std::get_if<F>(&room_)->poll(context);
      if (answer.is_pending()) return false;
      room_.template emplace<Value>(std::move(answer));
    } catch (...) {
      room_.template emplace<std::exception_ptr>(std::current_exception());
    }
    return true;
  }
  void cancel_future() noexcept override { room_.template emplace<Cancelled>(); }
  // #endregion

  Ending ending() const noexcept override { return static_cast<Ending>(room_.index() - 1); }

  std::exception_ptr take_error() noexcept override {
    auto* const error = std::get_if<std::exception_ptr>(&room_);
    return error != nullptr ? std::exchange(*error, nullptr) : nullptr;
  }

  Value take_outcome() override {
    if (auto error = take_error()) std::rethrow_exception(std::move(error));
    if (ending() == Ending::cancelled) throw Cancelled();
    return std::move(*std::get_if<Value>(&room_));
  }

  std::variant<F, Value, std::exception_ptr, Cancelled> room_;  // From the second on in the order of Ending.
};

/// The other end of a spawned task: a future of its outcome.
///
/// Cancel-safe: dropping it loses the outcome, and not the task, which goes on.
template <class T>
class JoinHandle {
 public:
  using Output = T;

  /// Takes over a reference to `task`.
  explicit JoinHandle(Outcome<T>& task) noexcept : task_(&task) {}
  JoinHandle(JoinHandle&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
  JoinHandle& operator=(JoinHandle other) noexcept {
    std::swap(task_, other.task_);
    return *this;
  }
  ~JoinHandle() {
    if (task_ == nullptr) return;
    task_->detach();
    task_->release();
  }

  /// Ready with the task's value; throws what it threw, or Cancelled.
  // #region join
  Poll<T> poll(Context& context) {
    if (task_ == nullptr) {
      misuse("A JoinHandle was polled again after it was Ready, or after it was moved from.",
             "a task has one outcome, and it is taken once.", "05-spawn");
    }
    if (!task_->poll_end(context.waker())) {
      if (trace::noting()) trace::waiting().on = {"task", task_->number()};
      return pending;
    }
    // The handle is done with the task, however this ends.
    const JoinHandle last_use(std::move(*this));
    return last_use.task_->take_outcome();
  }
  // #endregion

  /// Asks the task to end: at its next turn its future is destroyed, and joining it throws Cancelled. A task that has
  /// ended stays as it is.
  void abort() noexcept {
    if (task_ != nullptr) task_->abort();
  }

  /// Whether the task has ended, in whichever way.
  bool is_finished() const noexcept { return task_ == nullptr || task_->has_ended(); }

 private:
  Outcome<T>* task_;
};

/// A function and its arguments, called at the task's first turn. References among its parameters stay valid for as
/// long as the task lives, because what they refer to is kept here.
template <class Function, class... Args>
class Call {
 public:
  using Callee = std::invoke_result_t<Function, Args...>;
  using Output = typename Callee::Output;

  explicit Call(Function function, Args... args) : function_(std::move(function)), args_(std::move(args)...) {}

  Poll<Output> poll(Context& context) {
    if (!callee_) callee_.emplace(std::apply(std::move(function_), std::move(args_)));
    return callee_->poll(context);
  }

 private:
  Function function_;
  std::tuple<Args...> args_;
  std::optional<Callee> callee_;
};

/// Makes `future` a task of this thread's block_on. Its first turn comes after those of the tasks that are ready now.
/// Throws std::bad_alloc, and Misuse outside a block_on.
// #region spawn
template <Future F>
JoinHandle<typename F::Output> spawn(TaskName name, F future) {
  Executor& executor = Executor::current();
  auto* const task = new Spawned<F>(name, std::move(future));
  JoinHandle<typename F::Output> handle(*task);
  executor.add(*task);
  return handle;
}
// #endregion

/// Makes the call function(args...) a task. The arguments are kept by value: nothing dangles.
template <class Function, class... Args>
  requires(!Future<Function>) && Future<std::invoke_result_t<Function, Args...>>
auto spawn(TaskName name, Function function, Args... args) {
  return spawn(name, Call<Function, Args...>(std::move(function), std::move(args)...));
}

/// The same for a task without a name. Where the call of a function was spawned is not known then.
template <Future F>
auto spawn(F future, std::source_location at = std::source_location::current()) {
  return spawn(TaskName("task", at), std::move(future));
}
template <class Function, class... Args>
  requires(!std::convertible_to<Function, TaskName>) && Future<std::invoke_result_t<Function, Args...>>
auto spawn(Function function, Args... args) {
  return spawn(TaskName("task", std::source_location()), std::move(function), std::move(args)...);
}

}  // namespace kettle
