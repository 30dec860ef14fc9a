#pragma once
// Parker: puts a thread to sleep until another one calls. Lesson 02.
//
// One word: empty, sleeping, or called. A call that comes before the sleep is kept, so nothing is lost between
// "nothing to do" and "asleep". park() is for one thread; unpark() may come from any.

#include "kettle/sync.hpp"

namespace kettle {

/// A bed with a bell.
class Parker {
 public:
  /// Sleeps until unpark() is or was called, or until `deadline`. Uses up the call; may also return for no reason.
  void park(Instant deadline = never) noexcept;

  /// Ends the current park(), or lets the next one return at once.
  void unpark() noexcept;

 private:
  //            park                unpark
  //   empty ----------> sleeping ----------> called
  //     ^ '------------- unpark -------------^ |
  //     '-------- park returns ----------------'
  enum State : std::uint32_t { empty, sleeping, called };
  sync::Atomic<std::uint32_t> state_{empty};
};

/// A layer above the parker: something that has work of its own to do before the thread may sleep, and that knows
/// until when it may. Lesson 04's timers are one. Each thread has its own stack of them.
class ParkLayer {
 public:
  /// Does what is due. If that was anything, returns; else sleeps in `parker`, or in the layer below, until
  /// `deadline` or the layer's own next one, and then does what is due.
  virtual void park(Parker& parker, Instant deadline) = 0;

  /// Whether it will do something later without being called from outside.
  virtual bool has_work_ahead() const noexcept = 0;

 protected:
  ~ParkLayer() = default;
};

/// The top of this thread's park stack; nullptr while there is nothing but the parker.
ParkLayer*& park_stack() noexcept;

}  // namespace kettle
