#pragma once
// Reactor: who is to be woken when a descriptor is ready. Lesson 09.
//
// One a thread, for that thread only; the lowest layer of its park stack: when no task is ready and no timer is due,
// the thread sleeps in the poller. What the poller tells is remembered, for each descriptor and direction, until
// somebody tries: so nothing is lost that comes between a try and a wait.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "kettle/intrusive_list.hpp"
#include "kettle/poller.hpp"
#include "kettle/waker.hpp"

namespace kettle {

/// A descriptor is read and written independently: two tasks may wait for it, one in each direction.
enum class Direction : unsigned char { read, write };

class IoSource;
class Reactor;

/// What waits for a descriptor. It stays where it is while it waits.
class IoWaiter {
 public:
  explicit IoWaiter(IoSource& source) noexcept : source_(&source) {}

 protected:
  friend class IoSource;
  IoSource* source_;  // nullptr when the descriptor went first.
};

/// What the reactor knows about one descriptor. It registers when it is made and must not move.
class IoSource : public ListNode {
 public:
  /// Registers `fd` with this thread's reactor. `is_writable`: whether it can be taken to be, until a try says otherwise.
  /// Throws std::system_error as Poller::add does.
  IoSource(int fd, std::string name, bool is_writable);
  ~IoSource();

  // #region side
  /// One direction.
  struct Side {
    bool is_ready = false;       ///< News has come since the last try: the next is worth while.
    bool is_closed = false;      ///< Nothing will come any more, so there will be no news of it: always try.
    bool is_waited_for = false;  ///< News of it wakes somebody.
    IoWaiter* waiter = nullptr;  ///< The future that waits here, or has been woken and not yet looked.
    Waker waker = Waker::noop();
  };
  // #endregion

  Side& side(Direction direction) noexcept { return sides_[static_cast<std::size_t>(direction)]; }

  /// Leaves `waiter`'s waker in one direction. Misuse when another future waits there, and on another thread than the
  /// one that made the source.
  void wait(Direction direction, IoWaiter& waiter, const Waker& waker);

  /// Whoever waits in one direction waits no longer.
  void leave(Direction direction) noexcept;

  int fd() const noexcept { return fd_; }

  /// What error messages call it: "127.0.0.1:8080".
  const std::string& name() const noexcept { return name_; }

 private:
  friend class Reactor;
  int fd_;
  Reactor* reactor_;  // nullptr when its thread has ended: nothing is told any more.
  Side sides_[2];
  std::string name_;
};

/// The descriptors of one thread, and the layer of its park stack that sleeps until one is ready.
class Reactor final : public ParkLayer {
 public:
  /// This thread's reactor. The first call makes it, puts it at the bottom of the thread's park stack, and has the
  /// process ignore SIGPIPE, unless it has its own answer to it: writing to a closed pipe is an error like others.
  /// Throws std::system_error when that cannot be done.
  static Reactor& current();

  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  bool park(Parker& parker, Instant deadline) override;
  bool has_work_ahead() const noexcept override { return waiting_ != 0 || is_work_below(); }

 private:
  friend class IoSource;
  // Somebody to be woken: taken out of the side that he waited at.
  struct Called {
    Waker waker;
    int fd;
    Direction direction;
  };

  void note(const IoEvent& event);
  void note(IoSource& source, Direction direction, bool is_ready, bool is_closed);
  bool wake_called() noexcept;

  std::shared_ptr<Poller> poller_;  // Shared with the parker, whose callers may ring late.
  std::size_t waiting_ = 0;         // How many sides have a waiter.
  IntrusiveList<IoSource> sources_;
  std::vector<Called> called_;  // In the middle of park(). Has room for all that one look can bring.
};

}  // namespace kettle
