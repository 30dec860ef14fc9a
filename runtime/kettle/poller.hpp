#pragma once
// Poller: asks the system about many descriptors at once, and sleeps until something happens to one. Lesson 09.
//
// epoll on Linux, kqueue on macOS and the BSDs, behind four calls. Edge-triggered: what has happened is told once, so
// whoever hears it remembers it. One thread adds, removes and waits; interrupt() may come from any.

#include <cstddef>
#include <span>

#include "kettle/park.hpp"

namespace kettle {

/// News of one descriptor.
struct IoEvent {
  void* token = nullptr;  ///< What add() was given.
  bool readable = false;
  bool writable = false;
  bool no_more_reads = false;   ///< The other side has closed, or the descriptor has failed: reading tells which.
  bool no_more_writes = false;  ///< The same for writing.
};

/// The system's queue of news.
class Poller final : public OtherBed {
 public:
  /// Throws std::system_error when the system has no descriptor left for it.
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Asks for news of `fd`, reading and writing, until it is removed. What is the case already is news, too.
  /// Throws std::system_error for a descriptor that cannot be waited for, such as a file on a disk.
  void add(int fd, void* token);

  /// Asks for no more news of `fd`. Before it is closed.
  void remove(int fd) noexcept;

  /// Sleeps until there is news, until `deadline`, or until interrupt(); then writes the news into `events` and returns
  /// how many there are. May also return for no reason. A deadline is kept to the millisecond above.
  std::size_t wait(std::span<IoEvent> events, Instant deadline) noexcept;

  void interrupt() noexcept override;

 private:
  int queue_ = -1;
  int bell_ = -1;  // Where the system's queue cannot be interrupted, a descriptor that interrupt() writes to.
};

}  // namespace kettle
