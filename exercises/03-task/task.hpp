#pragma once
// Task: promise, await, exceptions
// build · lesson 03 · ./learn test 03-task/task
//
//   Task<int> make_tea()     the compiler makes a frame of it:
//                            | promise | parameters, locals | where it stands |
//
//   task.poll(context)       ask the awaited future --- Pending ---> answer Pending
//                                    |
//                            Ready, or nothing is awaited yet:
//                            resume the coroutine
//                                    |
//                                    '--> at its next co_await: poll that future.
//                                         Ready: go on. Pending: suspend.
//
// Your task, one step at a time:
//   1. Lazy: calling a coroutine runs nothing.
//   2. The first poll runs it. Without a co_await, that poll is Ready with its value: void, an int, what can only be
//      moved. A poll after its end is refused (given: the first line of poll).
//   3. co_await on a future that is Ready gives its value and does not suspend.
//   4. While the awaited future is Pending, so is the Task; each poll of the Task polls it once.
//   5. The awaited future stays where it is, and is polled with the context of the poll that runs now.
//   6. What the coroutine throws, poll() throws. What the awaited future throws, at any of its polls, co_await throws:
//      the very exception, whatever its type.
//   7. A Task awaits Tasks. Destroying one destroys its locals and what it awaits. (Given: nothing to write for this.)
//
// Given: kettle/poll.hpp, and below the Task's handle, its move and its destructor. What all Tasks would share, a
// static for instance, belongs to none of them: keep it in the frame. Do not use: kettle/task.hpp, loops, threads.

#include <kettle/poll.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace mine {

template <class F>
class Await;

/// What every Task's frame holds beside the coroutine's own locals.
class Frame {
 public:
  std::suspend_never initial_suspend() noexcept { return {}; }  // TODO 1: begin suspended.
  std::suspend_always final_suspend() noexcept { return {}; }   // Keep the frame until the Task lets it go.
  void unhandled_exception() {
    // TODO 6: keep std::current_exception() for Task::poll to throw.
  }

  /// Is asked what to do at `co_await future`: the compiler then asks the Await.
  template <class F>
  Await<std::remove_reference_t<F>> await_transform(F&& future) {
    return {future, *this};
  }

  kettle::Context context;   // Of the poll that runs now.
  std::exception_ptr error;  // What left the coroutine.
  // TODO 4: while a co_await waits, Task::poll has to ask its future again. Which one, and how?
};

/// One co_await of an F, which lives elsewhere.
template <class F>
class Await {
 public:
  Await(F& future, Frame& frame) : future_(future), frame_(frame) {}

  /// True: no need to suspend.
  bool await_ready() {
    // TODO 3, 5: poll the future, with the frame's context; keep its answer.
    return false;
  }

  /// The coroutine is suspended now. When this returns, so does the resume() in Task::poll.
  void await_suspend(std::coroutine_handle<>) {
    // TODO 4: say to the frame that this co_await waits.
  }

  /// The coroutine goes on: this is the value of `co_await future`.
  typename F::Output await_resume() {
    // TODO 6: what the future threw is thrown here, inside the coroutine.
    return answer_.take();
  }

 private:
  F& future_;
  Frame& frame_;
  kettle::Poll<typename F::Output> answer_ = kettle::pending;
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
    handle_.promise().context = context;
    // TODO 2: resume the coroutine; answer with its result.
    // TODO 4: but first, if a co_await waits, ask its future.
    // TODO 6: throw what the coroutine threw.
    return kettle::pending;
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
