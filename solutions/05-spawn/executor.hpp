#pragma once
// An executor: ready queue, wake once
// build · lesson 05 · ./learn test executor
//
//   spawn --> [ header | future ] <--- wakers point here, and keep the memory
//                  |
//   the ready queue:  A  B  C          run_ready():  poll A, poll B, poll C
//                              '<-- wake: to the back, for the next run_ready()
//
// Your task, one step at a time:
//   1. spawn takes a future over and puts it at the back of the queue. It polls nothing.
//   2. run_ready polls each task that is ready when it begins, once, first come, first served. It returns how many.
//   3. A task that said Pending is polled again after it was woken, and not before.
//   4. However often it is woken before its turn, it stands in the queue once.
//   5. A task that is woken while it is polled is ready again, for the next run_ready: so is one that is spawned then.
//   6. Ready: the future is destroyed at once, and the task is polled no more, even if it was woken again.
//   7. size is the number of tasks that have not ended.
//   8. A waker may outlive its task, and the executor: calling it then does no harm.
//   9. An executor that is destroyed destroys the futures that are left.
//
// Given: kettle::Wakeable. Make each task's header with new: it begins with one reference, yours; each waker holds one
// more; release() gives yours up, and the last one frees the header. wake() calls schedule() the first time after each
// clear_notified(). Everything happens on one thread. Do not use: kettle/executor.hpp, threads.

#include <kettle/waker.hpp>

#include <cstddef>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace mine {

/// Many tasks on one thread.
class Executor {
 public:
  Executor() = default;
  ~Executor() {
    while (!tasks_.empty()) end(**tasks_.begin());
  }
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Takes `future` over: it is polled by the next run_ready(), and then after each wake-up. Its value is dropped.
  template <kettle::Future F>
  void spawn(F future) {
    auto* const task = new Spawned<F>(*this, std::move(future));
    tasks_.insert(task);
    task->wake();
  }

  /// Polls each task that is ready now once. Returns how many it has polled.
  std::size_t run_ready() {
    const auto ready = std::exchange(ready_, {});  // What becomes ready meanwhile waits for the next call.
    for (Header* const task : ready) {
      task->clear_notified();
      if (task->poll()) end(*task);
    }
    return ready.size();
  }

  /// How many tasks have not ended.
  std::size_t size() const { return tasks_.size(); }

 private:
  /// What the wakers of one task point at.
  class Header : public kettle::Wakeable {
   public:
    explicit Header(Executor& executor) : executor_(&executor) {}

    virtual bool poll() = 0;  // True when the future is Ready.
    virtual void drop_future() = 0;

    void leave() { executor_ = nullptr; }

   private:
    void schedule() noexcept override {
      if (executor_ != nullptr) executor_->ready_.push_back(this);
    }
    Executor* executor_;  // nullptr after the end.
  };

  /// ... and its future.
  template <class F>
  class Spawned final : public Header {
   public:
    Spawned(Executor& executor, F future) : Header(executor), future_(std::move(future)) {}
    bool poll() override {
      const kettle::Waker waker(*this);
      kettle::Context context(waker);
      return future_->poll(context).is_ready();
    }
    void drop_future() override { future_.reset(); }

   private:
    std::optional<F> future_;
  };

  void end(Header& task) {
    task.leave();
    tasks_.erase(&task);
    if (task.is_notified()) std::erase(ready_, &task);  // It was woken once more, and stands in the queue.
    task.drop_future();
    task.release();
  }

  std::unordered_set<Header*> tasks_;  // That have not ended.
  std::vector<Header*> ready_;         // The queue, first come first.
};

}  // namespace mine
