#pragma once
// join_all: waits for any number of futures of one type. Lesson 07.
//
// Each future gets a waker of its own, so that a wake-up tells which one to poll: a thousand futures that become ready
// one after the other cost two thousand polls, not half a million. What one throws, join_all throws.

#include <memory>
#include <vector>

#include "kettle/child.hpp"
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

/// The wakeable header of one child.
class ChildHeader final : public Wakeable {
 public:
  ChildHeader(std::shared_ptr<WokenChildren> woken, std::size_t number) noexcept
      : woken_(std::move(woken)), number_(number) {}

 private:
  void schedule() noexcept override { woken_->add(number_); }
  std::shared_ptr<WokenChildren> woken_;
  std::size_t number_;
};

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
    woken_->take(to_poll_, context.waker());
    for (const std::size_t number : to_poll_) poll_one(members_[number]);
    if (left_ != 0) return pending;
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

  void poll_one(Member& member) {
    member.header->clear_notified();
    if (!member.child.is_there()) return;
    Context context(member.waker);
    member.value = poll_child(member.child, context);
    if (member.value.is_pending()) return;
    member.child.drop();
    --left_;
  }

  std::shared_ptr<WokenChildren> woken_;
  std::vector<Member> members_;
  std::vector<std::size_t> to_poll_;
  std::size_t left_;
};

/// Waits for all of `futures`; with none, it is ready at once. Throws std::bad_alloc.
template <Future F>
JoinAll<F> join_all(std::vector<F> futures) {
  return JoinAll<F>(std::move(futures));
}

}  // namespace kettle
