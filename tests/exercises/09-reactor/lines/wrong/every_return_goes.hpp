// Mistake: takes every "\r" out, as if it could only be part of an end.
// Kind: lost value
// Fails: lines come one by one, without their ends
// Fails: the last line needs no end, and after it there is nothing
// Fails: however the bytes are cut, the lines are the same
// Fails: a line may be as long as the maximum, its end not counted, and no longer
#include <kettle/async_fd.hpp>
#include <kettle/task.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mine {

/// Thrown for a line that is longer than the maximum.
class LineTooLong : public std::runtime_error {
 public:
  LineTooLong() : std::runtime_error("a line is too long") {}
};

/// The lines that come from a descriptor.
class Lines {
 public:
  Lines(kettle::AsyncFd& fd, std::size_t most) : fd_(fd), most_(most) {}

  /// The next line; nothing at the end.
  kettle::Task<std::optional<std::string>> next() {
    std::size_t looked = 0;  // So far there is no "\n" in it.
    for (;;) {
      const std::size_t end = text_.find('\n', looked);
      if (end != text_.npos) co_return take(end);
      looked = text_.size();
      // One byte more may be the "\r" of an end that is half there.
      if (text_.size() > most_ + 1 || (text_.size() > most_ && text_.back() != '\r')) throw LineTooLong();
      char piece[4096];
      const std::size_t count = co_await fd_.read(piece);
      if (count == 0) co_return take_last();
      for (const char each : std::string_view(piece, count)) {
        if (each != '\r') text_ += each;
      }
    }
  }

 private:
  std::string take(std::size_t end) {
    const bool has_return = end != 0 && text_[end - 1] == '\r';
    const std::size_t length = has_return ? end - 1 : end;
    if (length > most_) throw LineTooLong();
    std::string line = text_.substr(0, length);
    text_.erase(0, end + 1);
    return line;
  }

  std::optional<std::string> take_last() {
    if (text_.empty()) return std::nullopt;
    if (text_.size() > most_) throw LineTooLong();
    return std::exchange(text_, std::string());
  }

  kettle::AsyncFd& fd_;
  std::size_t most_;
  std::string text_;  // What was read and is in no line yet. Here, and not in next(): a next() may be dropped.
};

}  // namespace mine
