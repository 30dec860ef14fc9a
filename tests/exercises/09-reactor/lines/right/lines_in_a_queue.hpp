// Shape: cuts all that was read at once, and hands out the lines from a queue.
#include <kettle/async_fd.hpp>
#include <kettle/task.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mine {

class LineTooLong : public std::runtime_error {
 public:
  LineTooLong() : std::runtime_error("a line is too long") {}
};

class Lines {
 public:
  Lines(kettle::AsyncFd& fd, std::size_t most) : fd_(fd), most_(most), piece_(4096) {}

  kettle::Task<std::optional<std::string>> next() {
    while (whole_.empty() && !too_long_ && !has_ended_) {
      const std::size_t count = co_await fd_.read(piece_);
      if (count == 0) {
        end();
      } else {
        cut(std::string_view(piece_.data(), count));
      }
    }
    if (!whole_.empty()) {
      std::string line = std::move(whole_.front());
      whole_.pop_front();
      co_return line;
    }
    if (too_long_) throw LineTooLong();
    co_return std::nullopt;
  }

 private:
  void cut(std::string_view bytes) {
    for (const char byte : bytes) {
      if (too_long_) return;
      if (byte == '\n') {
        if (part_.ends_with('\r')) part_.pop_back();
        whole_.push_back(std::exchange(part_, std::string()));
        continue;
      }
      part_ += byte;
      too_long_ = part_.size() > most_ + 1 || (part_.size() == most_ + 1 && byte != '\r');
    }
  }
  void end() {
    has_ended_ = true;
    too_long_ = part_.size() > most_;
    if (!part_.empty() && !too_long_) whole_.push_back(std::move(part_));
  }

  kettle::AsyncFd& fd_;
  std::size_t most_;
  std::vector<char> piece_;
  std::deque<std::string> whole_;
  std::string part_;
  bool too_long_ = false;
  bool has_ended_ = false;
};

}  // namespace mine
