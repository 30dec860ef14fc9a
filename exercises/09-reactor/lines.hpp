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
    // TODO 1 to 8. This reads a line of one read, and loses the rest.
    char piece[64];
    const std::size_t count = co_await fd_.read(piece);
    const std::string text(piece, count);
    if (count == 0 || most_ == 0) co_return std::nullopt;
    co_return text.substr(0, text.find('\n'));
  }

 private:
  kettle::AsyncFd& fd_;
  std::size_t most_;
};

}  // namespace mine
