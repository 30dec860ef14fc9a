// Trying, waiting, and trying again.
#include "kettle/async_fd.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <system_error>

#include "kettle/misuse.hpp"
#include "kettle/trace.hpp"

namespace kettle {

void throw_io_error(int error, std::string_view tried, std::string_view with_whom) {
  std::string what(tried);
  if (!with_whom.empty()) what.append(" ").append(with_whom);
  throw std::system_error(error, std::generic_category(), what);
}

IoTurn::IoTurn(AsyncFd& fd, Direction direction) noexcept
    : IoWaiter(*fd.source_), direction_(direction), flow_(fd.flow_) {}

IoTurn::IoTurn(IoTurn&& other) : IoWaiter(other), direction_(other.direction_), flow_(other.flow_) {
  if (other.waits_) {
    misuse("A future of I/O was moved while it waits.",
           "a future that was polled stays where it is: its descriptor points at it.", "09-reactor");
  }
}

// #region begin
// The mark goes before the call. News that comes during the call sets it again, and is not lost.
bool IoTurn::begin() {
  if (source_ == nullptr) {
    misuse("A future of I/O was polled after its descriptor was closed.",
           "a descriptor outlives the futures it has made.", "09-reactor");
  }
  IoSource::Side& side = source_->side(direction_);
  return std::exchange(side.is_ready, false) || side.is_closed;
}
// #endregion

// #region end
bool IoTurn::end(const IoResult& result, std::size_t asked) noexcept {
  IoSource::Side& side = source_->side(direction_);
  if (!result && (result.error() == EAGAIN || result.error() == EWOULDBLOCK)) {
    side.is_closed = false;  // Not as closed as it seemed.
    return false;
  }
  const bool has_no_more = result && flow_ != Flow::items && *result < asked;
  if (!has_no_more) side.is_ready = true;  // There was no "would block": the next try is worth while.
  if (!result && result.error() == EINTR) return false;
  leave();
  return true;
}
// #endregion

void IoTurn::wait(Context& context) {
  source_->wait(direction_, *this, context.waker());
  waits_ = true;
  if (trace::noting()) trace::waiting().on = {"fd", static_cast<std::uint64_t>(source_->fd())};
}

void IoTurn::leave() noexcept {
  if (std::exchange(waits_, false) && source_ != nullptr) source_->leave(direction_);
}

IoResult IoTurn::read(std::span<char> buffer) const noexcept {
  const bool is_socket = flow_ == Flow::socket;
  return io_result(is_socket ? recv(fd(), buffer.data(), buffer.size(), 0)
                             : ::read(fd(), buffer.data(), buffer.size()));
}

IoResult IoTurn::write(std::string_view bytes) const noexcept {
  const bool is_socket = flow_ == Flow::socket;
  return io_result(is_socket ? send(fd(), bytes.data(), bytes.size(), 0) : ::write(fd(), bytes.data(), bytes.size()));
}

std::size_t IoTurn::value_of(const IoResult& result, std::string_view tried) const {
  if (!result) throw_io_error(result.error(), tried, name());
  return *result;
}

// #region read
Poll<std::size_t> Read::poll(Context& context) {
  if (buffer_.empty()) return Ready(std::size_t{0});  // Full already: there is nothing to wait for.
  auto result = turn_.attempt(context, buffer_.size(), [this] { return turn_.read(buffer_); });
  if (result.is_pending()) return pending;
  return Ready(turn_.value_of(result.value(), "read from"));
}
// #endregion

Poll<std::size_t> Write::poll(Context& context) {
  auto result = turn_.attempt(context, bytes_.size(), [this] { return turn_.write(bytes_); });
  if (result.is_pending()) return pending;
  return Ready(turn_.value_of(result.value(), "write to"));
}

AsyncFd::AsyncFd(int fd, Flow flow, std::string name, bool is_writable) : flow_(flow) {
  if (name.empty()) name = "descriptor " + std::to_string(fd);
  const int flags = fcntl(fd, F_GETFL);
  try {
    const bool is_non_blocking = flags >= 0 && (flags & O_NONBLOCK) != 0;
    if (!is_non_blocking && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) throw_io_error(errno, "use", name);
    source_ = std::make_unique<IoSource>(fd, std::move(name), is_writable);
  } catch (...) {
    close(fd);
    throw;
  }
}

AsyncFd::~AsyncFd() {
  if (source_ == nullptr) return;  // It was moved from.
  const int fd = source_->fd();
  source_.reset();
  close(fd);
}

Pipe make_pipe() {
  int ends[2];
  if (pipe(ends) != 0) throw_io_error(errno, "make a pipe");
  for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  try {
    AsyncFd reader(std::exchange(ends[0], -1), Flow::stream, "pipe");
    AsyncFd writer(std::exchange(ends[1], -1), Flow::stream, "pipe");
    return Pipe{std::move(reader), std::move(writer)};
  } catch (...) {
    close(ends[1]);
    throw;
  }
}

}  // namespace kettle
