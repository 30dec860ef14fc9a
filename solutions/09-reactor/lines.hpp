#pragma once
// Lines, with a maximum
// use · lesson 09 · ./learn test lines
//
//     pipe:    "te" "a\r\ntoast\neg" "gs"  (end)
//     next():  "tea"    "toast"    "eggs"    nothing    nothing ...
//
// A descriptor brings bytes, cut anywhere; a program wants lines. And whoever writes them may be anybody.
//
// Your task: write Lines, so that next() is a future of the next line:
//   1. without its end, which is "\n" or "\r\n"; an empty line is a line;
//   2. the last line needs no end. After it, there is nothing: std::nullopt, however often one asks;
//   3. however the bytes are cut, the lines are the same. What comes after a line is kept for the next call;
//   4. a line may be `most` bytes long, its end not counted. For a longer one next() throws LineTooLong, and so does
//      every call after that;
//   5. a line without end is an error soon: when next() throws, it has taken at most `most` + 1 + 4096 bytes (the longest
//      line, a "\r" that may belong to its end, and a piece);
//   6. one read brings many lines: read in pieces of 4096 bytes;
//   7. a next() that is dropped half-way loses nothing: the next call goes on where it was;
//   8. what read throws comes through.
//
// A "\r" that is not followed by "\n" belongs to its line, also at the end of everything. The descriptor outlives the Lines, and they the futures.
// Given: kettle/async_fd.hpp. co_await fd.read(buffer) is the number of bytes, 0 at the end; a read that is dropped
// has taken none. Do not use: read(2), threads.

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
      text_.append(piece, count);
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
