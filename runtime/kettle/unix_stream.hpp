#pragma once
// UnixStream: a connection between two processes of one machine, by the name of a file. Lesson 10.
//
// Like a TcpStream, without a network: quicker, and the file's permissions say who may connect. For one thread.

#include <string>
#include <utility>

#include "kettle/socket.hpp"
#include "kettle/stream.hpp"
#include "kettle/task.hpp"

namespace kettle {

/// A connection through a file, or between the two ends of a pair.
class UnixStream : public Stream {
 public:
  /// Connects to whoever listens at `path`. Pauses while their queue is full.
  /// Throws std::system_error("connect to PATH"), also for a path that is too long.
  static Task<UnixStream> connect(std::string path);

  /// Two streams that are connected with each other. Throws std::system_error.
  static std::pair<UnixStream, UnixStream> pair();

  UnixStream(int fd, std::string name) : Stream(fd, std::move(name)) {}
};

/// Takes in connections at a path.
class UnixListener {
 public:
  /// Makes the file `path`, which must not exist, and listens there. The file stays when the listener goes.
  /// Throws std::system_error("bind to PATH").
  static UnixListener bind(const std::string& path, int backlog = 1024);

  /// The next connection, as with TcpListener.
  class [[nodiscard]] Accept {
   public:
    using Output = UnixStream;
    explicit Accept(UnixListener& listener) noexcept : listener_(listener), accept_(listener.fd_) {}
    Poll<UnixStream> poll(Context& context);

   private:
    UnixListener& listener_;
    AcceptFd accept_;
  };

  Accept accept() noexcept { return Accept(*this); }

 private:
  explicit UnixListener(AsyncFd fd) noexcept : fd_(std::move(fd)) {}
  AsyncFd fd_;
};

}  // namespace kettle
