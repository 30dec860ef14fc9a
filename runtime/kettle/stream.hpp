#pragma once
// Stream: bytes both ways between two ends. What TCP and Unix connections have in common. Lesson 10.
//
// read() and write() move what they can now; read_exact() and write_all() go on until all is done. One task may read
// while another one writes. Writing to a connection that is gone throws, and never ends the process.

#include <span>
#include <stdexcept>
#include <string_view>

#include "kettle/async_fd.hpp"

namespace kettle {

/// Thrown when a stream ends in the middle of what was to be read.
class UnexpectedEnd : public std::runtime_error {
 public:
  /// "read from NAME: the stream ended after `had` of `wanted` bytes"
  UnexpectedEnd(std::string_view name, std::size_t had, std::size_t wanted);
};

/// Fills a buffer. Throws UnexpectedEnd or std::system_error. Not cancel-safe: what was read is in the buffer, and
/// read() says how much. Awaiting the same future again goes on from there.
class [[nodiscard]] ReadExact {
 public:
  using Output = void;
  ReadExact(AsyncFd& fd, std::span<char> buffer) noexcept : turn_(fd, Direction::read), buffer_(buffer) {}
  Poll<> poll(Context& context);
  std::size_t read() const noexcept { return read_; }

 private:
  IoTurn turn_;
  std::span<char> buffer_;
  std::size_t read_ = 0;
};

/// Writes all of some bytes, which must stay where they are. Throws std::system_error. Not cancel-safe: a part may have
/// been written, and written() says how much. Awaiting the same future again goes on from there.
class [[nodiscard]] WriteAll {
 public:
  using Output = void;
  WriteAll(AsyncFd& fd, std::string_view bytes) noexcept : turn_(fd, Direction::write), bytes_(bytes) {}
  Poll<> poll(Context& context);
  std::size_t written() const noexcept { return written_; }

 private:
  IoTurn turn_;
  std::string_view bytes_;
  std::size_t written_ = 0;
};

/// Writes several pieces, one behind the other, with one system call: as much as there is room for, and at most the
/// first 64 that are not empty. Its value is the number of bytes. Throws std::system_error. Cancel-safe.
class [[nodiscard]] WriteVectored {
 public:
  using Output = std::size_t;
  WriteVectored(AsyncFd& fd, std::span<const std::string_view> pieces) noexcept
      : turn_(fd, Direction::write), pieces_(pieces) {}
  Poll<std::size_t> poll(Context& context);

 private:
  IoTurn turn_;
  std::span<const std::string_view> pieces_;
};

/// Which direction of a connection is to end.
enum class Shutdown { read, write, both };

/// A connected socket.
class Stream : public AsyncFd {
 public:
  /// Takes over a connected socket. `name` is for error messages: who is at the other end.
  Stream(int fd, std::string name, bool is_connected = true)
      : AsyncFd(fd, Flow::socket, std::move(name), is_connected) {}

  ReadExact read_exact(std::span<char> buffer) noexcept { return ReadExact(*this, buffer); }
  WriteAll write_all(std::string_view bytes) noexcept { return WriteAll(*this, bytes); }
  WriteVectored write_vectored(std::span<const std::string_view> pieces) noexcept {
    return WriteVectored(*this, pieces);
  }

  /// Ends a direction. The other end reads what was written before, and then the end of the stream.
  /// Throws std::system_error, but not when the connection is gone anyway.
  void shutdown(Shutdown how);
};

}  // namespace kettle
