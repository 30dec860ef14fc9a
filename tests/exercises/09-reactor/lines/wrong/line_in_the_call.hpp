// Mistake: gathers the line in a local variable, and keeps only what comes after it.
// Kind: lost value
// Fails: however the bytes are cut, the lines are the same
// Fails: a line may be as long as the maximum, its end not counted, and no longer
// Fails: a next that is dropped half-way loses nothing
#include <kettle/async_fd.hpp>
#include <kettle/task.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
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
    std::string line = std::move(text_);
    text_.clear();
    std::size_t looked = 0;
    for (;;) {
      const std::size_t end = line.find('\n', looked);
      if (end != line.npos) {
        text_ = line.substr(end + 1);
        line.resize(end != 0 && line[end - 1] == '\r' ? end - 1 : end);
        if (line.size() > most_) throw LineTooLong();
        co_return line;
      }
      looked = line.size();
      if (line.size() > most_ + 1 || (line.size() > most_ && line.back() != '\r')) {
        text_ = line;
        throw LineTooLong();
      }
      char piece[4096];
      const std::size_t count = co_await fd_.read(piece);
      if (count == 0) {
        if (line.empty()) co_return std::nullopt;
        if (line.size() > most_) throw LineTooLong();
        co_return line;
      }
      line.append(piece, count);
    }
  }

 private:
  kettle::AsyncFd& fd_;
  std::size_t most_;
  std::string text_;
};

}  // namespace mine
