// Going on until all is read, or written.
#include "kettle/stream.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <string>

namespace kettle {

UnexpectedEnd::UnexpectedEnd(std::string_view name, std::size_t had, std::size_t wanted)
    : std::runtime_error("read from " + std::string(name) + ": the stream ended after " + std::to_string(had) + " of " +
                         std::to_string(wanted) + " bytes") {}

Poll<> ReadExact::poll(Context& context) {
  while (read_ < buffer_.size()) {
    const std::span<char> rest = buffer_.subspan(read_);
    auto result = turn_.attempt(context, rest.size(), [&] { return turn_.read(rest); });
    if (result.is_pending()) return pending;
    const std::size_t count = turn_.value_of(result.value(), "read from");
    if (count == 0) throw UnexpectedEnd(turn_.name(), read_, buffer_.size());
    read_ += count;
  }
  return Ready();
}

// #region write_all
Poll<> WriteAll::poll(Context& context) {
  while (written_ < bytes_.size()) {
    const std::string_view rest = bytes_.substr(written_);
    auto result = turn_.attempt(context, rest.size(), [&] { return turn_.write(rest); });
    if (result.is_pending()) return pending;
    written_ += turn_.value_of(result.value(), "write to");
  }
  return Ready();
}
// #endregion

Poll<std::size_t> WriteVectored::poll(Context& context) {
  std::array<iovec, 64> parts;
  std::size_t count = 0;
  std::size_t asked = 0;
  for (const std::string_view piece : pieces_) {
    if (piece.empty()) continue;
    if (count == parts.size()) break;
    parts[count].iov_base = const_cast<char*>(piece.data());  // writev only reads it.
    parts[count++].iov_len = piece.size();
    asked += piece.size();
  }
  if (count == 0) return Ready(asked);
  auto result = turn_.attempt(context, asked,
                              [&] { return io_result(writev(turn_.fd(), parts.data(), static_cast<int>(count))); });
  if (result.is_pending()) return pending;
  return Ready(turn_.value_of(result.value(), "write to"));
}

void Stream::shutdown(Shutdown how) {
  const int direction = how == Shutdown::read ? SHUT_RD : how == Shutdown::write ? SHUT_WR : SHUT_RDWR;
  if (::shutdown(fd(), direction) != 0 && errno != ENOTCONN)
    throw_io_error(errno, "shut down the connection to", name());
}

}  // namespace kettle
