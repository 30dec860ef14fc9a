// Mistake: polls every task in each round, woken or not.
// Kind: needless poll
// Fails: only who was woken is polled again, in the order of waking
// Fails: a task that is woken three times is polled once
// Fails: a task that is woken while it is polled is polled again by the next run_ready
// Fails: a task that is spawned or woken by another one's poll waits for the next run_ready
// Fails: a task that is Ready ends: its future is destroyed, and it is polled no more
// Fails: a waker may outlive its task and its executor
#include <kettle/waker.hpp>

#include <cstddef>
#include <optional>
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
    tasks_.push_back(task);
    task->wake();
  }

  /// Polls each task that is ready now once. Returns how many it has polled.
  std::size_t run_ready() {
    ready_.clear();
    const auto everybody = tasks_;
    for (Header* const task : everybody) {
      task->clear_notified();
      if (task->poll()) end(*task);
    }
    return everybody.size();
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
    std::erase(tasks_, &task);
    if (task.is_notified()) std::erase(ready_, &task);  // It was woken once more, and stands in the queue.
    task.drop_future();
    task.release();
  }

  std::vector<Header*> tasks_;  // That have not ended.
  std::vector<Header*> ready_;  // The queue, first come first.
};

}  // namespace mine
