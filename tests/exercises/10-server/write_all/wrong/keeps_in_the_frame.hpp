// Mistake: collects the bytes in a local variable, and keeps only what is behind the delimiter
// Kind: lost value
// Fails: neither a drop nor an error in the middle loses a byte, or adds one
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
  while (!bytes.empty()) {
    const std::size_t count = co_await stream.write(bytes);
    if (count == 0) throw NothingTaken();
    bytes.remove_prefix(count);
  }
}

/// Reads from a stream, which must outlive it.
template <class Stream>
class Reader {
 public:
  explicit Reader(Stream& stream) : stream_(stream) {}

  Task<std::optional<std::string>> read_until(std::string_view delimiter, std::size_t maximum) {
    std::string line = std::exchange(kept_, std::string());
    for (;;) {
      const std::size_t found = line.find(delimiter);
      const bool is_complete = found != std::string::npos;
      const std::size_t length = is_complete ? found + delimiter.size() : line.size();
      if (length > maximum) throw TooLong();
      if (is_complete) {
        kept_ = line.substr(length);
        line.resize(length);
        co_return line;
      }
      std::array<char, 1024> piece;
      const std::size_t count = co_await stream_.read(piece);
      if (count == 0 && line.empty()) co_return std::nullopt;
      if (count == 0) co_return line;
      line.append(piece.data(), count);
    }
  }

 private:
  Stream& stream_;
  std::string kept_;
};

}  // namespace mine
