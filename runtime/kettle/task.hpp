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

#include "kettle/frame_allocator.hpp"
#include "kettle/poll.hpp"
#include "kettle/trace.hpp"

namespace kettle {

template <class T = void>
class Task;

/// What every Task's frame holds beside the coroutine's own locals, whatever its value type is.
class TaskFrame {
 public:
  /// A co_await whose future was Pending, seen from the Task that is polled: a way to poll that future again.
  class Awaiting {
   public:
    /// Polls the awaited future. True when it is ready, or threw.
    virtual bool poll_again() = 0;

   protected:
    ~Awaiting() = default;
  };

  // #region frame
  std::suspend_always initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error_ = std::current_exception(); }

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }
  // #endregion

  /// Turns `co_await future` into a question put to that future.
  template <class F>
  auto await_transform(F&& future, std::source_location at = std::source_location::current()) noexcept;

 protected:
  template <class F>
  friend class Await;

  // Runs the coroutine as far as it goes. True when it has ended.
  // #region advance
  bool advance(std::coroutine_handle<> coroutine, Context& context) {
    context_ = &context;
    if (awaiting_ != nullptr && !awaiting_->poll_again()) return false;
    awaiting_ = nullptr;
    coroutine.resume();
    return coroutine.done();
  }
  // #endregion

  // #region rethrow
  void rethrow_if_failed() {
    if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
  }
  // #endregion

 private:
  Context* context_ = nullptr;    // The context of the poll that runs now.
  Awaiting* awaiting_ = nullptr;  // The co_await that stands in the way; nullptr before the first.
  std::exception_ptr error_;      // What the awaited future, or the coroutine itself, has thrown.
};

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
    answer_ = future_.poll(*frame_.context_);
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
  void return_void() noexcept {}

 protected:
  Poll<void> take_result() noexcept { return Ready(); }
};

/// A coroutine that computes a T, which may be void, move-only, or a reference.
///
/// Lazy: nothing runs before the first poll, so a reference parameter must outlive the whole Task, not only the call.
/// poll() throws what the coroutine threw, once, and Misuse after it was Ready. Moving a Task moves its handle; the
/// frame stays where it is. A chain of Tasks that await each other takes stack at every level: 8 MiB held small ones
/// 14,000 deep unoptimised, 80,000 optimised, and 5,000 under the address sanitizer.
template <class T>
class [[nodiscard]] Task {
 public:
  using Output = T;

  class promise_type : public TaskResult<T> {
   public:
    Task get_return_object() noexcept { return Task(Coroutine::from_promise(*this)); }

   private:
    friend class Task;
  };

  // #region poll
  Poll<T> poll(Context& context) {
    if (!coroutine_ || coroutine_.done()) refuse_poll();
    promise_type& frame = coroutine_.promise();
    if (!frame.advance(coroutine_, context)) return pending;
    frame.rethrow_if_failed();
    return frame.take_result();
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
  using Coroutine = std::coroutine_handle<promise_type>;
  explicit Task(Coroutine coroutine) noexcept : coroutine_(coroutine) {}

  [[noreturn]] void refuse_poll() const {
    if (!coroutine_) misuse("A Task was polled after it was moved from.", "poll the Task it was moved to.", "03-task");
    misuse("A Task was polled again after it was Ready, or threw.", "after Ready, a future is finished: let it go.",
           "01-future");
  }

  Coroutine coroutine_;
};

template <class F>
auto TaskFrame::await_transform(F&& future, std::source_location at) noexcept {
  using Awaited = std::remove_reference_t<F>;
  static_assert(Future<Awaited>,
                "co_await inside a Task takes a Future: a type with `Output` and `Poll<Output> poll(Context&)`");
  return Await<Awaited>(future, *this, at);
}

}  // namespace kettle
