#pragma once
// Task: a coroutine that is a future. Lesson 03.
//
// Calling a function that returns a Task runs nothing: it makes a frame, suspended at the first line. Each poll runs
// the frame up to the next co_await whose future is Pending. Destroying a Task destroys the frame and every local in
// it, wherever it stands: that is how it is cancelled. A Task is for one thread at a time.

#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "kettle/task_frame.hpp"
#include "kettle/trace.hpp"

namespace kettle {

template <class T = void>
class Task;
template <class T>
class AwaitTask;

template <class F>
constexpr bool is_task = false;
template <class T>
constexpr bool is_task<Task<T>> = true;

/// One co_await. It refers to the future, which lives where it was made, and holds what the future answers.
template <class F>
class Await final : public TaskFrame::Awaiting {
 public:
  Await(F& future, TaskFrame& frame, std::source_location at) noexcept : future_(future), frame_(frame), at_(at) {}

  // #region await
  bool await_ready() { return is_ready_now(); }
  void await_suspend(std::coroutine_handle<>) noexcept { frame_.awaiting_ = this; }
  typename F::Output await_resume() {
    frame_.rethrow_if_failed();
    return answer_.take();
  }
  // #endregion

  // #region again
  bool poll_again() override {
    try {
      return is_ready_now();
    } catch (...) {
      frame_.error_ = std::current_exception();  // For await_resume to throw, inside the coroutine.
      return true;
    }
  }
  // #endregion

 private:
  bool is_ready_now() {
    answer_ = future_.poll(frame_.turn_->context);
    if (answer_.is_pending() && trace::noting()) trace::note_await(at_);
    return answer_.is_ready();
  }

  F& future_;
  TaskFrame& frame_;
  std::source_location at_;
  Poll<typename F::Output> answer_ = pending;
};

/// A frame that also has room for the coroutine's value.
template <class T>
class TaskResult : public TaskFrame {
 public:
  using TaskFrame::TaskFrame;
  template <class U = T>
  void return_value(U&& value) {
    result_ = Ready<T>(std::forward<U>(value));
  }

 protected:
  Poll<T> take_result() {
    if (result_.is_pending()) {  // Undefined by the language; compilers go on to the end of the frame.
      misuse("A Task came to the end of its coroutine without a co_return.",
             "where there is a value to return, every way through ends in co_return or throws.", "03-task");
    }
    return std::move(result_);
  }

 private:
  Poll<T> result_ = pending;
};

template <>
class TaskResult<void> : public TaskFrame {
 public:
  using TaskFrame::TaskFrame;
  void return_void() noexcept {}

 protected:
  Poll<void> take_result() noexcept { return Ready(); }
};

/// A coroutine that computes a T, which may be void, move-only, or a reference.
///
/// Lazy: nothing runs before the first poll, so a reference parameter must outlive the whole Task, not only the call.
/// poll() throws what the coroutine threw, once, and Misuse after it was Ready. Moving a Task moves its handle; the
/// frame stays where it is. A chain of Tasks that await each other is polled in constant time and without stack, but
/// destroyed level by level.
template <class T>
class [[nodiscard]] Task {
 public:
  using Output = T;

  class promise_type : public TaskResult<T> {
   public:
    promise_type() noexcept : TaskResult<T>(Coroutine::from_promise(*this)) {}
    Task get_return_object() noexcept { return Task(Coroutine::from_promise(*this)); }

   private:
    friend class Task;
    friend class AwaitTask<T>;
  };

  // #region poll
  Poll<T> poll(Context& context) {
    if (is_finished()) refuse_poll();
    if (!coroutine_.promise().run(context)) return pending;
    return take_outcome();
  }
  // #endregion

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

 private:
  friend class AwaitTask<T>;
  using Coroutine = std::coroutine_handle<promise_type>;
  explicit Task(Coroutine coroutine) noexcept : coroutine_(coroutine) {}

  bool is_finished() const noexcept { return !coroutine_ || coroutine_.done(); }

  Poll<T> take_outcome() {
    coroutine_.promise().rethrow_if_failed();
    return coroutine_.promise().take_result();
  }

  [[noreturn]] void refuse_poll() const {
    if (!coroutine_) misuse("A Task was polled after it was moved from.", "poll the Task it was moved to.", "03-task");
    misuse("A Task was polled again after it was Ready, or threw.", "after Ready, a future is finished: let it go.",
           "01-future");
  }

  Coroutine coroutine_;
};

/// The co_await of a Task: its frame joins the chain, and runs in this one's place until it has ended.
template <class T>
class AwaitTask {
 public:
  AwaitTask(Task<T>& task, TaskFrame& frame) noexcept : task_(task), frame_(frame) {}
  AwaitTask(const AwaitTask&) = delete;
  AwaitTask& operator=(const AwaitTask&) = delete;
  ~AwaitTask() {
    if (!task_.is_finished()) frame_.let_go(callee());
  }

  // #region await_task
  bool await_ready() const {
    if (task_.is_finished()) task_.refuse_poll();
    return false;
  }
  void await_suspend(std::coroutine_handle<>) noexcept { frame_.call(callee()); }
  T await_resume() {
    if (!task_.coroutine_) task_.refuse_poll();  // Somebody has moved it meanwhile.
    return task_.take_outcome().take();
  }
  // #endregion

 private:
  TaskFrame& callee() noexcept { return task_.coroutine_.promise(); }

  Task<T>& task_;
  TaskFrame& frame_;
};

template <class F>
auto TaskFrame::await_transform(F&& future, std::source_location at) noexcept {
  using Awaited = std::remove_reference_t<F>;
  static_assert(Future<Awaited>,
                "co_await inside a Task takes a Future: a type with `Output` and `Poll<Output> poll(Context&)`");
  if constexpr (is_task<Awaited>) {
    return AwaitTask(future, *this);
  } else {
    return Await<Awaited>(future, *this, at);
  }
}

}  // namespace kettle
