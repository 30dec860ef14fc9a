#pragma once
// Signal: Ctrl-C and its like as a future. Lesson 09.
//
// A signal interrupts a thread anywhere, so a handler may do next to nothing. Ours writes one byte into a pipe; a task
// reads the other end, in its own time. While a Signal lives, the signal does not do what it does otherwise.

#include <optional>

#include "kettle/async_fd.hpp"

namespace kettle {

/// Listens for one of the process's signals (SIGINT, SIGTERM, SIGHUP, ...), from when it is made until it goes.
/// When the last listener for a signal goes, the signal does again what it did before the first.
class Signal {
 public:
  /// Misuse when the system does not let anybody listen for `number` (SIGKILL, SIGSTOP), or 32 listen already.
  explicit Signal(int number);
  Signal(Signal&& other) noexcept;
  Signal& operator=(Signal&&) = delete;
  ~Signal();

  /// Ready when the signal has come since the last one was received, however often. Cancel-safe.
  class [[nodiscard]] Received {
   public:
    using Output = void;
    explicit Received(Signal& signal) noexcept : read_(*signal.pipe_, signal.bytes_) {}
    Poll<> poll(Context& context);

   private:
    Read read_;
  };

  /// Waits for the signal. The listener must outlive it.
  Received received() noexcept { return Received(*this); }

 private:
  int slot_;
  std::optional<AsyncFd> pipe_;
  char bytes_[16];
};

/// A future that owns its listener.
class [[nodiscard]] SignalOnce {
 public:
  using Output = void;
  explicit SignalOnce(int number) : signal_(number) {}
  SignalOnce(SignalOnce&& other) noexcept : signal_(std::move(other.signal_)) {}
  Poll<> poll(Context& context);

 private:
  Signal signal_;
  std::optional<Signal::Received> received_;
};

/// Ready when Ctrl-C is pressed (SIGINT). It listens from this call on; once it is gone, Ctrl-C ends the program again.
SignalOnce ctrl_c();

/// Ready when the process is asked to end (SIGTERM), as `kill` and service managers do.
SignalOnce terminate();

}  // namespace kettle
