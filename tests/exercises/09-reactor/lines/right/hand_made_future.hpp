// Shape: next() is a class with a poll, and the text is a queue of characters.
#include <kettle/async_fd.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>

namespace mine {

class LineTooLong : public std::runtime_error {
 public:
  LineTooLong() : std::runtime_error("a line is too long") {}
};

class Lines {
 public:
  Lines(kettle::AsyncFd& fd, std::size_t most) : fd_(fd), most_(most) {}

  class Next {
   public:
    using Output = std::optional<std::string>;
    explicit Next(Lines& lines) : lines_(lines), read_(lines.fd_, lines.piece_) {}

    kettle::Poll<Output> poll(kettle::Context& context) {
      for (;;) {
        if (auto line = lines_.cut()) return kettle::Ready<Output>(std::move(line));
        if (lines_.has_ended_) return kettle::Ready<Output>(std::nullopt);
        auto count = read_.poll(context);
        if (count.is_pending()) return kettle::pending;
        lines_.put(count.value());
      }
    }

   private:
    Lines& lines_;
    kettle::Read read_;
  };

  Next next() { return Next(*this); }

 private:
  void put(std::size_t count) {
    has_ended_ = count == 0;
    text_.insert(text_.end(), piece_, piece_ + count);
  }

  std::optional<std::string> cut() {
    const auto end = std::find(text_.begin(), text_.end(), '\n');
    const bool has_end = end != text_.end();
    std::string line(text_.begin(), end);
    if ((has_end || !has_ended_) && !line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() > most_) throw LineTooLong();
    if (!has_end && (!has_ended_ || text_.empty())) return std::nullopt;
    text_.erase(text_.begin(), has_end ? end + 1 : end);
    return line;
  }

  kettle::AsyncFd& fd_;
  std::size_t most_;
  std::deque<char> text_;
  bool has_ended_ = false;
  char piece_[4096];
};

}  // namespace mine
