// Shape: tasks have numbers, in a map; the queue holds numbers, and those that have ended are skipped.
#include <kettle/waker.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace mine {

class Executor {
 public:
  Executor() : shared_(std::make_shared<Shared>()) {}
  ~Executor() {
    shared_->is_open = false;
    shared_->queue.clear();
    tasks_.clear();
  }
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  template <kettle::Future F>
  void spawn(F future) {
    const std::uint64_t number = ++last_number_;
    auto kept = std::make_shared<F>(std::move(future));
    auto poll = [kept](kettle::Context& context) { return kept->poll(context).is_ready(); };
    tasks_.emplace(number, std::make_unique<Entry>(number, shared_, std::move(poll)));
    shared_->queue.push_back(number);
  }

  std::size_t run_ready() {
    std::size_t polls = 0;
    for (std::size_t turns = shared_->queue.size(); turns != 0; --turns) {
      const std::uint64_t number = shared_->queue.front();
      shared_->queue.pop_front();
      const auto found = tasks_.find(number);
      if (found == tasks_.end()) continue;
      Entry& entry = *found->second;
      ++polls;
      entry.header->clear_notified();
      kettle::Context context(entry.waker);
      if (entry.poll(context)) tasks_.erase(number);
    }
    return polls;
  }

  std::size_t size() const { return tasks_.size(); }

 private:
  struct Shared {
    bool is_open = true;
    std::deque<std::uint64_t> queue;
  };
  struct Header final : kettle::Wakeable {
    Header(std::uint64_t n, std::shared_ptr<Shared> s) : number(n), shared(std::move(s)) {}
    void schedule() noexcept override {
      if (shared->is_open) shared->queue.push_back(number);
    }
    std::uint64_t number;
    std::shared_ptr<Shared> shared;
  };
  struct Entry {
    Entry(std::uint64_t number, std::shared_ptr<Shared> shared, std::function<bool(kettle::Context&)> p)
        : header(new Header(number, std::move(shared))), waker(*header), poll(std::move(p)) {
      header->release();
    }
    Header* header;
    kettle::Waker waker;
    std::function<bool(kettle::Context&)> poll;
  };
  std::shared_ptr<Shared> shared_;
  std::map<std::uint64_t, std::unique_ptr<Entry>> tasks_;
  std::uint64_t last_number_ = 0;
};

}  // namespace mine
