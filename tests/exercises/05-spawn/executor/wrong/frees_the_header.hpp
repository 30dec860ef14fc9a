// Mistake: frees a task together with its executor or at its end, though wakers still point at it.
// Kind: use after destroy
// Fails: a task that is spawned or woken by another one's poll waits for the next run_ready
// Verdict: crashed
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
    ~Header() override = default;

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
    delete &task;
  }

  std::unordered_set<Header*> tasks_;  // That have not ended.
  std::vector<Header*> ready_;         // The queue, first come first.
};

}  // namespace mine
