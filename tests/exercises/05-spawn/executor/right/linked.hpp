// Shape: the queue is a chain of the headers themselves, and keeps a reference to each that stands in it.
#include <kettle/waker.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace mine {

class Executor {
 public:
  Executor() = default;
  ~Executor() {
    while (all_ != nullptr) end(*all_);
    while (Header* const task = pop()) task->release();
  }
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  template <kettle::Future F>
  void spawn(F future) {
    auto* const task = new Spawned<F>(*this, std::move(future));
    task->next_of_all = all_;
    if (all_ != nullptr) all_->before_of_all = task;
    all_ = task;
    ++size_;
    task->wake();
  }

  std::size_t run_ready() {
    std::size_t polls = 0;
    Header* const last = last_ready_;
    if (last == nullptr) return 0;
    for (Header* task = nullptr; task != last;) {
      task = pop();
      if (task->has_ended()) {
        task->release();
        continue;
      }
      ++polls;
      task->clear_notified();
      if (task->poll()) end(*task);
    }
    return polls;
  }

  std::size_t size() const { return size_; }

 private:
  class Header : public kettle::Wakeable {
   public:
    explicit Header(Executor& executor) : executor_(executor) {}
    virtual bool poll() = 0;
    virtual void drop_future() = 0;
    bool has_ended() const { return ended_; }
    void set_ended() { ended_ = true; }

    Header* next_ready = nullptr;
    Header* next_of_all = nullptr;
    Header* before_of_all = nullptr;

   private:
    void schedule() noexcept override {
      if (!ended_) executor_.push(*this);
    }
    Executor& executor_;
    bool ended_ = false;
  };

  template <class F>
  class Spawned final : public Header {
   public:
    Spawned(Executor& executor, F future) : Header(executor), future_(std::move(future)) {}
    bool poll() override {
      const kettle::LentWaker lent(*this);
      kettle::Context context(lent.waker());
      return future_->poll(context).is_ready();
    }
    void drop_future() override { future_.reset(); }

   private:
    std::optional<F> future_;
  };

  void push(Header& task) {
    task.next_ready = nullptr;
    (first_ready_ == nullptr ? first_ready_ : last_ready_->next_ready) = &task;
    last_ready_ = &task;
  }
  Header* pop() {
    Header* const task = first_ready_;
    if (task == nullptr) return nullptr;
    first_ready_ = task->next_ready;
    if (first_ready_ == nullptr) last_ready_ = nullptr;
    return task;
  }
  void end(Header& task) {
    const bool is_queued = !task.close();
    task.set_ended();
    --size_;
    (task.before_of_all == nullptr ? all_ : task.before_of_all->next_of_all) = task.next_of_all;
    if (task.next_of_all != nullptr) task.next_of_all->before_of_all = task.before_of_all;
    task.drop_future();
    if (!is_queued) task.release();  // Otherwise when its turn comes.
  }

  Header* first_ready_ = nullptr;
  Header* last_ready_ = nullptr;
  Header* all_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace mine
