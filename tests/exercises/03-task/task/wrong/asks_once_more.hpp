// Mistake: asks the future again only when the coroutine goes on, where it is too late to say Pending.
// Kind: needless poll
// Fails: while the awaited future is Pending, so is the Task, and each poll asks it once
// Fails: through three Tasks each poll reaches the innermost future, with its own context
// Fails: destroying a Task destroys its locals and what it awaits
#include <kettle/poll.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace mine {

template <class F>
class Await;

/// What every Task's frame holds beside the coroutine's own locals.
class Frame {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }  // Keep the frame until the Task lets it go.
  void unhandled_exception() { error = std::current_exception(); }

  /// Is asked what to do at `co_await future`: the compiler then asks the Await.
  template <class F>
  Await<std::remove_reference_t<F>> await_transform(F&& future) {
    return {future, *this};
  }

  kettle::Context context;
  std::exception_ptr error;
};

/// One co_await of an F, which lives elsewhere.
template <class F>
class Await {
 public:
  Await(F& future, Frame& frame) : future_(future), frame_(frame) {}

  /// True: no need to suspend.
  bool await_ready() {
    try {
      answer_ = future_.poll(frame_.context);
    } catch (...) {
      error_ = std::current_exception();
    }
    return answer_.is_ready() || error_;
  }

  /// The coroutine is suspended now. When this returns, so does the resume() in Task::poll.
  void await_suspend(std::coroutine_handle<>) {}

  /// The coroutine goes on: this is the value of `co_await future`.
  typename F::Output await_resume() {
    if (answer_.is_pending() && !error_) await_ready();
    if (error_) std::rethrow_exception(error_);
    return answer_.take();
  }

 private:
  F& future_;
  Frame& frame_;
  kettle::Poll<typename F::Output> answer_ = kettle::pending;
  std::exception_ptr error_;
};

/// A frame with room for the value.
template <class T>
class Result : public Frame {
 public:
  void return_value(T value) { result = kettle::Ready<T>(std::move(value)); }
  kettle::Poll<T> result = kettle::pending;
};

template <>
class Result<void> : public Frame {
 public:
  void return_void() { result = kettle::Ready(); }
  kettle::Poll<void> result = kettle::pending;
};

/// A coroutine that is a future.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using Output = T;

  class promise_type : public Result<T> {
   public:
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
  };

  kettle::Poll<T> poll(kettle::Context& context) {
    if (handle_.done()) kettle::misuse("The Task was polled again after its end.", "after Ready, let go.", "01-future");
    promise_type& frame = handle_.promise();
    frame.context = context;
    handle_.resume();
    if (frame.error) std::rethrow_exception(frame.error);
    return std::move(frame.result);
  }

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

 private:
  using Handle = std::coroutine_handle<promise_type>;
  explicit Task(Handle handle) : handle_(handle) {}
  Handle handle_;
};

}  // namespace mine
