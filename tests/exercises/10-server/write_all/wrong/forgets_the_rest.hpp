// Mistake: throws away what has come behind the delimiter
// Kind: lost value
// Fails: read_until gives what comes up to the delimiter, and keeps the rest for the next call
// Fails: the delimiter may come in two reads, or three
// Fails: at the end of the stream it gives what is left, and from then on nothing
// Fails: more than the maximum is TooLong, and a client without end does not fill the memory
// Fails: neither a drop nor an error in the middle loses a byte, or adds one
// Fails: a megabyte goes through a real connection, and comes out whole
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
    std::size_t searched = 0;
    for (;;) {
      const std::size_t found = kept_.find(delimiter, searched);
      const bool is_complete = found != std::string::npos;
      const std::size_t length = is_complete ? found + delimiter.size() : kept_.size();
      if (length > maximum) throw TooLong();
      if (is_complete) co_return take(length);
      searched = length - std::min(length, delimiter.size() - 1);
      std::array<char, 1024> piece;
      const std::size_t count = co_await stream_.read(piece);
      kept_.append(piece.data(), count);
      if (count == 0) co_return rest();
    }
  }

 private:
  std::string take(std::size_t count) {
    std::string taken = kept_.substr(0, count);
    kept_.clear();
    return taken;
  }

  std::optional<std::string> rest() {
    if (kept_.empty()) return std::nullopt;
    return take(kept_.size());
  }

  Stream& stream_;
  std::string kept_;
};

}  // namespace mine
