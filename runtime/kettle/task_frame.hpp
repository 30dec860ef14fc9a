#pragma once
// Task frame: the part of a coroutine's frame that every Task has, and how frames take turns. Lesson 03.
//
// A Task that awaits a Task does not poll it: the awaited one's frame joins a chain, and runs in its caller's place
// until it has ended. A poll goes straight to the innermost frame, and the frames are resumed from one loop, one
// after the other: however deep the chain, a poll costs the same, and takes no stack.

#include <coroutine>
#include <exception>
#include <source_location>
#include <utility>

#include "kettle/frame_allocator.hpp"
#include "kettle/poll.hpp"

namespace kettle {

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
  template <class T>
  friend class AwaitTask;

  // #region turn
  /// One poll of a chain of frames. A frame that runs finds its context here, and says which is to run next.
  struct Turn {
    Context& context;
    TaskFrame* leaf;
  };
  // #endregion

  explicit TaskFrame(std::coroutine_handle<> coroutine) noexcept : coroutine_(coroutine) {}

  // Goes on, if what is awaited is ready now. True when the coroutine has ended.
  // #region advance
  bool advance(Turn& turn) {
    turn_ = &turn;
    if (awaiting_ != nullptr && !awaiting_->poll_again()) return false;
    awaiting_ = nullptr;
    coroutine_.resume();
    return coroutine_.done();
  }
  // #endregion

  // Runs the chain as far as it goes. True when this frame, which is its outermost one, has ended.
  // #region run
  bool run(Context& context) {
    Turn turn{context, next_};
    for (;;) {
      TaskFrame& leaf = *turn.leaf;
      if (leaf.advance(turn)) {
        if (&leaf == this) return true;
        turn.leaf = leaf.next_;  // Its caller goes on.
      } else if (turn.leaf == &leaf) {
        break;  // It waits. Otherwise it has called a Task, and that one goes on.
      }
    }
    next_ = turn.leaf;
    return false;
  }
  // #endregion

  /// `callee` goes on in this frame's place; when it has ended, this frame does.
  // #region call
  void call(TaskFrame& callee) noexcept { turn_->leaf = std::exchange(callee.next_, this); }
  // #endregion

  /// This frame, now the outermost of its chain, waits for `callee` no more: the rest of the chain is `callee`'s.
  void let_go(TaskFrame& callee) noexcept { callee.next_ = next_; }

  // #region rethrow
  void rethrow_if_failed() {
    if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
  }
  // #endregion

 private:
  std::coroutine_handle<> coroutine_;
  TaskFrame* next_ = this;        // The outermost frame of a chain knows the innermost, every other its caller.
  Turn* turn_ = nullptr;          // The poll that runs now.
  Awaiting* awaiting_ = nullptr;  // The co_await that stands in the way; nullptr before the first.
  std::exception_ptr error_;      // What the awaited future, or the coroutine itself, has thrown.
};

}  // namespace kettle
