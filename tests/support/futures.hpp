#pragma once
// Futures: what tests poll with and against. A waker that counts, a future that answers from a script, a value that
// knows whether it is alive. Each notes what happens to it as a step of the story.

#include <kettle/waker.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "story.hpp"

namespace story {

/// Text for a value in a step: "Ready(3)" needs the 3.
template <class T>
std::string show(const T& value) {
  if constexpr (fmt::is_formattable<T>::value) {
    return fmt::format("{}", value);
  } else {
    return "...";
  }
}

/// Text for an answer: "Pending", "Ready", "Ready(3)".
template <class T>
std::string show_poll(kettle::Poll<T>& answer) {
  if (answer.is_pending()) return "Pending";
  if constexpr (std::is_void_v<T>) {
    return "Ready";
  } else {
    return fmt::format("Ready({})", show(answer.value()));
  }
}

/// A task that only counts: hand its context to a future and see how often it is woken.
class CountingWaker {
 public:
  explicit CountingWaker(std::string name = "the task") : header_(new Header(std::move(name))), waker_(*header_) {
    header_->release();
  }
  CountingWaker(const CountingWaker&) = delete;
  CountingWaker& operator=(const CountingWaker&) = delete;

  const kettle::Waker& waker() const noexcept { return waker_; }

  /// How often wake() was called and was the first since the last clear().
  int wakes() const noexcept { return header_->wakes.load(); }

  bool is_woken() const noexcept { return header_->is_notified(); }

  /// Forgets a wake-up, as an executor does before each poll.
  void clear() noexcept { header_->clear_notified(); }

  /// Whether somebody else holds a copy of the waker.
  bool is_held() const noexcept { return header_->is_held(); }

 private:
  struct Header final : kettle::Wakeable {
    explicit Header(std::string n) : name(std::move(n)) {}
    void schedule() noexcept override {
      wakes.fetch_add(1);
      note(name + " is woken");
    }
    std::string name;
    kettle::sync::Atomic<int> wakes{0};
  };
  Header* header_;
  kettle::Waker waker_;
};

/// Polls `future` with `task`'s waker and notes the answer: "poll 2 of tea: Pending".
template <class F>
kettle::Poll<typename F::Output> poll(F& future, CountingWaker& task, std::string_view name, int number = 0) {
  task.clear();
  kettle::Context context(task.waker());
  auto answer = future.poll(context);
  note(number != 0 ? fmt::format("poll {} of {}: {}", number, name, show_poll(answer))
                   : fmt::format("poll of {}: {}", name, show_poll(answer)));
  return answer;
}

/// What a Scripted future has lived through; outlives the future.
struct Record {
  int polls = 0;
  int polls_after_ready = 0;
  int destroyed = 0;
  std::optional<kettle::Waker> waker;  ///< From the last poll that was Pending.

  /// Wakes whoever polled last.
  void wake() {
    if (waker) waker->wake();
  }
};

/// A future that is Pending `pendings` times and then Ready with `value`. It may move until it is polled.
template <class T>
class Scripted {
 public:
  using Output = T;
  Scripted(std::string name, int pendings, T value, std::shared_ptr<Record> record = std::make_shared<Record>())
      : name_(std::move(name)), pendings_(pendings), value_(std::move(value)), record_(std::move(record)) {}
  Scripted(Scripted&& other) noexcept = default;
  Scripted& operator=(Scripted&&) = delete;
  ~Scripted() {
    if (record_) ++record_->destroyed;
  }

  kettle::Poll<T> poll(kettle::Context& context) {
    ++record_->polls;
    if (done_) {
      ++record_->polls_after_ready;
      note(fmt::format("{} is polled again after it was Ready", name_));
      fail(fmt::format("{} is left alone once it has been Ready", name_), "it was polled again");
    }
    if (record_->polls > most_polls) {
      fail("a poll only after a wake-up", fmt::format("{} was polled {} times without one", name_, record_->polls));
    }
    if (record_->polls <= pendings_) {
      record_->waker = context.waker();
      note(fmt::format("{} is polled: Pending", name_));
      return kettle::pending;
    }
    done_ = true;
    record_->waker.reset();
    note(fmt::format("{} is polled: Ready({})", name_, show(value_)));
    return kettle::Ready<T>(std::move(value_));
  }

 private:
  static constexpr int most_polls = 1000;
  std::string name_;
  int pendings_;
  T value_;
  bool done_ = false;
  std::shared_ptr<Record> record_;
};

}  // namespace story
