// Shape: reads one byte at a time, so that nothing ever comes behind the delimiter.
#include <kettle/task.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mine {

using kettle::Task;

/// Thrown by write_all when the stream takes 0 bytes of some.
class NothingTaken : public std::runtime_error {
 public:
  NothingTaken() : std::runtime_error("the stream takes nothing more") {}
};

/// Thrown by read_until when there are more bytes than the maximum.
class TooLong : public std::runtime_error {
 public:
  TooLong() : std::runtime_error("more bytes than the maximum, and no delimiter") {}
};

/// Writes all of `bytes`, which must stay where they are.
template <class Stream>
Task<> write_all(Stream& stream, std::string_view bytes) {
  for (std::size_t written = 0; written < bytes.size();) {
    const std::size_t count = co_await stream.write(bytes.substr(written));
    if (count == 0) throw NothingTaken();
    written += count;
  }
}

/// Reads from a stream, which must outlive it.
template <class Stream>
class Reader {
 public:
  explicit Reader(Stream& stream) : stream_(stream) {}

  Task<std::optional<std::string>> read_until(std::string_view delimiter, std::size_t maximum) {
    while (!line_.ends_with(delimiter)) {
      if (line_.size() >= maximum) throw TooLong();
      char byte = 0;
      const std::size_t count = co_await stream_.read(std::span<char>(&byte, 1));
      if (count == 0 && line_.empty()) co_return std::nullopt;
      if (count == 0) break;
      line_ += byte;
    }
    co_return std::exchange(line_, std::string());
  }

 private:
  Stream& stream_;
  std::string line_;
};

}  // namespace mine
