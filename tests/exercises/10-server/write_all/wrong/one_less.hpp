// Mistake: refuses a line of exactly the maximum
// Kind: off by one
// Fails: more than the maximum is TooLong, and a client without end does not fill the memory
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
      if (length >= maximum) throw TooLong();
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
    kept_.erase(0, count);
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
