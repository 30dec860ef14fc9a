#pragma once
// AsyncFd: a descriptor whose reads and writes are futures. Lesson 09.
//
// Try first, wait on "would block", try again when the reactor says so. For one thread; one task may read and another
// one write. Dropping a future that is not ready loses nothing, except where its comment says what was done so far.

#include <cerrno>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kettle/reactor.hpp"

namespace kettle {

/// What a short answer says about a descriptor: asked for 100 bytes, it gave or took 10.
enum class Flow : unsigned char {
  stream,  ///< It has no more now. So with pipes, and with sockets of streams: the next try waits for news.
  socket,  ///< The same, and it is a socket: recv and send do for it what read and write do, by a shorter way.
  items,  ///< Nothing: a call moves one item (a connection, a datagram, a line from a terminal). Only "would block" does.
};

/// What a system call has answered: how much it did, or errno.
using IoResult = std::expected<std::size_t, int>;

/// The answer of a call that returns -1 and sets errno when it fails.
inline IoResult io_result(long returned) noexcept {
  if (returned >= 0) return static_cast<std::size_t>(returned);
  return std::unexpected(errno);
}

/// Throws std::system_error(`error`, "tried with_whom").
[[noreturn]] void throw_io_error(int error, std::string_view tried, std::string_view with_whom = {});

class AsyncFd;

/// One operation in one direction of a descriptor: the part that waits. The futures of I/O are made of it.
class IoTurn : private IoWaiter {
 public:
  IoTurn(AsyncFd& fd, Direction direction) noexcept;

  /// Misuse when `other` waits: the descriptor points at it.
  IoTurn(IoTurn&& other);
  IoTurn& operator=(IoTurn&&) = delete;
  ~IoTurn() { leave(); }

  /// Calls `call` (an `IoResult()`) when that is worth while, until it says anything but "would block" and
  /// "interrupted". `asked`: how much `call` was asked to do.
  // #region attempt
  template <class Call>
  Poll<IoResult> attempt(Context& context, std::size_t asked, Call call) {
    while (begin()) {
      const IoResult result = call();
      if (end(result, asked)) return Ready(result);
    }
    wait(context);
    return pending;
  }
  // #endregion

  /// One system call: reads what there is, at most so much as fits.
  IoResult read(std::span<char> buffer) const noexcept;

  /// One system call: writes as much as there is room for.
  IoResult write(std::string_view bytes) const noexcept;

  /// The value of `result`; throws std::system_error with what was `tried`, and with whom, if it is an error.
  std::size_t value_of(const IoResult& result, std::string_view tried) const;

  const std::string& name() const noexcept { return source_->name(); }
  int fd() const noexcept { return source_->fd(); }

 private:
  bool begin();                                                  // Whether a try is worth while.
  bool end(const IoResult& result, std::size_t asked) noexcept;  // Whether it was the last.
  void wait(Context& context);
  void leave() noexcept;

  Direction direction_;
  Flow flow_;
  bool waits_ = false;
};

/// Reads into a buffer what is there: at least one byte, at most as many as fit. 0 is the end of the stream
/// (or the buffer is empty).
/// Throws std::system_error. Cancel-safe.
class [[nodiscard]] Read {
 public:
  using Output = std::size_t;
  Read(AsyncFd& fd, std::span<char> buffer) noexcept : turn_(fd, Direction::read), buffer_(buffer) {}
  Poll<std::size_t> poll(Context& context);

 private:
  IoTurn turn_;
  std::span<char> buffer_;
};

/// Writes as much of some bytes as there is room for, and says how much that was.
/// Throws std::system_error. Cancel-safe.
class [[nodiscard]] Write {
 public:
  using Output = std::size_t;
  Write(AsyncFd& fd, std::string_view bytes) noexcept : turn_(fd, Direction::write), bytes_(bytes) {}
  Poll<std::size_t> poll(Context& context);

 private:
  IoTurn turn_;
  std::string_view bytes_;
};

/// Owns a descriptor, closes it when it goes, and outlives the futures it has made. It may be moved meanwhile.
class AsyncFd {
 public:
  /// Takes over `fd`, makes it non-blocking and registers it with this thread's reactor. `name` is for error messages.
  /// Throws std::system_error, with `fd` closed, when it cannot be waited for.
  explicit AsyncFd(int fd, Flow flow = Flow::stream, std::string name = {}, bool is_writable = true);
  AsyncFd(AsyncFd&&) noexcept = default;
  AsyncFd& operator=(AsyncFd other) noexcept {
    std::swap(source_, other.source_);
    std::swap(flow_, other.flow_);
    return *this;
  }
  ~AsyncFd();

  Read read(std::span<char> buffer) noexcept { return Read(*this, buffer); }
  Write write(std::string_view bytes) noexcept { return Write(*this, bytes); }

  int fd() const noexcept { return source_->fd(); }
  const std::string& name() const noexcept { return source_->name(); }

 private:
  friend class IoTurn;
  std::unique_ptr<IoSource> source_;  // On the heap: the reactor points at it.
  Flow flow_;
};

/// The two ends of a new pipe.
struct Pipe {
  AsyncFd reader;
  AsyncFd writer;
};

/// Throws std::system_error when there is no descriptor left.
Pipe make_pipe();

}  // namespace kettle
