#pragma once
// Parker: puts a thread to sleep until another one calls. Lesson 02.
//
// One word: empty, sleeping, or called. A call that comes before the sleep is kept, so nothing is lost between
// "nothing to do" and "asleep". park() is for one thread; unpark() may come from any.

#include <memory>

#include "kettle/sync.hpp"

namespace kettle {

/// Another place to sleep in than the parker itself, with a bell of its own: lesson 09's poller.
class OtherBed {
 public:
  /// Ends the sleep of the thread that sleeps here, or lets its next one return at once. From any thread.
  virtual void interrupt() noexcept = 0;

 protected:
  ~OtherBed() = default;
};

/// A bed with a bell.
class Parker {
 public:
  /// Sleeps until unpark() is or was called, or until `deadline`. Uses up the call; may also return for no reason.
  void park(Instant deadline = never) noexcept;

  /// Ends the current park(), or lets the next one return at once.
  void unpark() noexcept;

  /// The thread is about to sleep in `bed`: from here to come_back(), unpark() rings there. False when a call has
  /// come before. Always the same bed.
  bool go_to(const std::shared_ptr<OtherBed>& bed) noexcept;

  /// The thread has left the other bed. Uses up the call.
  void come_back() noexcept;

 private:
  //            park, go_to                    unpark
  //   empty --------------> sleeping, elsewhere ----> called
  //     ^ '---------------- unpark -------------------^ |
  //     '----------- park returns, come_back -----------'
  enum State : std::uint32_t { empty, sleeping, elsewhere, called };
  sync::Atomic<std::uint32_t> state_{empty};
  sync::Shared<std::shared_ptr<OtherBed>> bed_;  // Set once: a late caller may still be reading it.
};

/// A layer above the parker: something that has work of its own to do before the thread may sleep, and that knows
/// until when it may. Lesson 04's timers are one, lesson 09's descriptors another. Each thread has its own stack.
class ParkLayer {
 public:
  /// Does what is due. If that woke anybody, returns; else sleeps in `parker`, or in the layer below, until
  /// `deadline` or the layer's own next one, and then does what is due. True when it woke somebody.
  virtual bool park(Parker& parker, Instant deadline) = 0;

  /// Whether it, or a layer below, will do something later without being called by another thread.
  virtual bool has_work_ahead() const noexcept = 0;

 protected:
  ~ParkLayer() = default;

  void put_on_top() noexcept;
  void put_at_bottom() noexcept;
  void take_out() noexcept;

  /// Sleeps in the layer below; in the parker when there is none.
  bool park_below(Parker& parker, Instant deadline);
  bool is_work_below() const noexcept { return below_ != nullptr && below_->has_work_ahead(); }

 private:
  ParkLayer* below_ = nullptr;
};

/// The top of this thread's park stack; nullptr while there is nothing but the parker.
ParkLayer*& park_stack() noexcept;

}  // namespace kettle
