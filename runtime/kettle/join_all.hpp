#pragma once
// join_all: waits for any number of futures of one type. Lesson 07.
//
// Each future gets a waker of its own, so that a wake-up tells which one to poll: a thousand futures that become ready
// one after the other cost two thousand polls, not half a million. One that is ready is dropped at once. What one
// throws, join_all throws, and is over. Cancel-safe as join is. For one task at a time; the wake-ups come from
// anywhere.

#include <memory>
#include <vector>

#include "kettle/child.hpp"
#include "kettle/trace.hpp"
#include "kettle/waker.hpp"

namespace kettle {

/// Which children were woken, and the waker of the task that polls them all. Their wakers share it.
class WokenChildren {
 public:
  explicit WokenChildren(std::size_t children) { woken_.reserve(children); }

  /// Notes that `child` was woken, from any thread, and wakes the task. Each child at most once between two take()s.
  void add(std::size_t child) noexcept;

  /// Takes the notes into `children`, and keeps `waker` for the next one.
  void take(std::vector<std::size_t>& children, const Waker& waker);

 private:
  sync::Mutex mutex_;
  std::vector<std::size_t> woken_;
  Waker waker_ = Waker::noop();
};

/// The wakeable header of one child. A waker that outlives the JoinAll keeps this, and nothing more: no task is woken
/// for a child that is gone, and none is kept.
// #region header
class ChildHeader final : public Wakeable {
 public:
  ChildHeader(std::weak_ptr<WokenChildren> woken, std::size_t number) noexcept
      : woken_(std::move(woken)), number_(number) {}

 private:
  void schedule() noexcept override {
    if (const auto woken = woken_.lock()) woken->add(number_);
  }
  std::weak_ptr<WokenChildren> woken_;
  std::size_t number_;
};
// #endregion

/// Ready with the values, in the order of the futures.
template <Future F>
class [[nodiscard]] JoinAll {
 public:
  using Value = ValueOrUnit<typename F::Output>;
  using Output = std::vector<Value>;

  explicit JoinAll(std::vector<F> futures)
      : woken_(std::make_shared<WokenChildren>(futures.size())), left_(futures.size()) {
    members_.reserve(left_);
    to_poll_.reserve(left_);
    for (F& future : futures) members_.emplace_back(std::move(future), woken_, members_.size());
    for (Member& member : members_) member.waker.wake();
  }

  Poll<Output> poll(Context& context) {
    if (is_done_) {
      misuse("A join_all was polled again after it was Ready, or threw.", "after that, a future is finished.",
             "01-future");
    }
    is_done_ = true;  // And it stays so if a future throws.
    poll_woken(context);
    is_done_ = left_ == 0;
    if (!is_done_) return note_waiting();
    Output values;
    values.reserve(members_.size());
    for (Member& member : members_) values.push_back(member.value.take());
    return Ready<Output>(std::move(values));
  }

 private:
  struct Member {
    Member(F f, const std::shared_ptr<WokenChildren>& woken, std::size_t number)
        : child(std::move(f)), header(new ChildHeader(woken, number)), waker(*header) {
      header->release();
    }
    Child<F> child;
    ChildHeader* header;
    Waker waker;  // Keeps the header.
    Poll<Value> value = pending;
  };

  // #region poll
  void poll_woken(Context& context) {
    woken_->take(to_poll_, context.waker());
    for (const std::size_t number : to_poll_) poll_one(members_[number]);
  }

  void poll_one(Member& member) {
    if (!member.child.is_there()) return;  // It was woken once more by its own last poll.
    member.header->clear_notified();
    Context context(member.waker);
    member.value = poll_child(member.child, context);
    if (member.value.is_pending()) return;
    member.header->close();  // No later wake-up of it asks for a poll.
    member.child.drop();
    --left_;
  }
  // #endregion

  Poll<Output> note_waiting() const noexcept {
    if (trace::noting() && trace::waiting().on.kind.empty()) trace::waiting().on = {"futures in join_all:", left_};
    return pending;
  }

  std::shared_ptr<WokenChildren> woken_;
  std::vector<Member> members_;
  std::vector<std::size_t> to_poll_;
  std::size_t left_;
  bool is_done_ = false;
};

/// Waits for all of `futures`; with none, it is ready at once. Throws std::bad_alloc.
template <Future F>
JoinAll<F> join_all(std::vector<F> futures) {
  return JoinAll<F>(std::move(futures));
}

}  // namespace kettle
