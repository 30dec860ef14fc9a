#pragma once
// BufReader: lines and exact lengths out of a stream that comes in pieces. Lesson 10.
//
// A read brings what has come, which is rarely what you want: half a line, or three. The reader keeps what is left over.
// Every future of it is cancel-safe: what was read stays in the reader. All have a maximum, so that no client can make
// the reader grow without end. For one task.

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "kettle/stream.hpp"

namespace kettle {

/// Thrown when there is more than the maximum before the end that was looked for.
class TooLong : public std::length_error {
 public:
  /// "read from NAME: more than `maximum` bytes without an end"
  TooLong(std::string_view name, std::size_t maximum);
};

/// What was read and not yet taken: bytes go in at the back, and come out at the front.
class ReadBuffer {
 public:
  std::string_view bytes() const noexcept { return std::string_view(storage_).substr(begin_, end_ - begin_); }

  /// Room for `size` bytes at the back; add() says how many of them were used.
  std::span<char> room(std::size_t size);
  void add(std::size_t count) noexcept { end_ += count; }

  /// The first `count` bytes, out of it.
  std::string take(std::size_t count);

 private:
  std::string storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Reads from a Source: an AsyncFd, a Stream, a ReadHalf. The source must outlive it.
template <class Source>
class BufReader {
 public:
  explicit BufReader(Source& source, std::size_t piece = 8 * 1024) : source_(source), piece_(piece) {}

  /// Everything up to `delimiter` and with it; at the end of the stream what is left; nothing when that is nothing.
  class [[nodiscard]] ReadUntil {
   public:
    using Output = std::optional<std::string>;
    ReadUntil(BufReader& reader, char delimiter, std::size_t maximum) noexcept
        : reader_(reader), delimiter_(delimiter), maximum_(maximum) {}

    // #region until
    Poll<Output> poll(Context& context) {
      for (;;) {
        const std::string_view bytes = reader_.buffer_.bytes();
        const std::size_t found = bytes.find(delimiter_, searched_);
        const std::size_t length = found == bytes.npos ? bytes.size() : found + 1;
        if (length > maximum_) throw TooLong(reader_.source_.name(), maximum_);
        if (found != bytes.npos) return Ready<Output>(reader_.buffer_.take(length));
        searched_ = length;
        const auto more = reader_.fill(read_, context);
        if (more.is_pending()) return pending;
        if (reader_.has_ended_) return Ready<Output>(reader_.rest());
      }
    }
    // #endregion

   private:
    BufReader& reader_;
    char delimiter_;
    std::size_t maximum_;
    std::size_t searched_ = 0;  // So many bytes have no delimiter in them.
    std::optional<Read> read_;
  };

  /// A line without its end, which is \n or \r\n; nothing at the end of the stream.
  class [[nodiscard]] ReadLine {
   public:
    using Output = std::optional<std::string>;
    ReadLine(BufReader& reader, std::size_t maximum) noexcept : until_(reader, '\n', maximum) {}
    Poll<Output> poll(Context& context) {
      auto line = until_.poll(context);
      if (line.is_ready() && line.value() && line.value()->ends_with('\n')) {
        line.value()->pop_back();
        if (line.value()->ends_with('\r')) line.value()->pop_back();
      }
      return line;
    }

   private:
    ReadUntil until_;
  };

  /// Exactly so many bytes.
  class [[nodiscard]] ReadExactly {
   public:
    using Output = std::string;
    ReadExactly(BufReader& reader, std::size_t count) noexcept : reader_(reader), count_(count) {}
    Poll<std::string> poll(Context& context) {
      while (reader_.buffer_.bytes().size() < count_) {
        const auto more = reader_.fill(read_, context);
        if (more.is_pending()) return pending;
        if (reader_.has_ended_) throw UnexpectedEnd(reader_.source_.name(), reader_.buffer_.bytes().size(), count_);
      }
      return Ready(reader_.buffer_.take(count_));
    }

   private:
    BufReader& reader_;
    std::size_t count_;
    std::optional<Read> read_;
  };

  /// Throws TooLong when there are more than `maximum` bytes, with the delimiter, and std::system_error.
  ReadUntil read_until(char delimiter, std::size_t maximum) noexcept { return ReadUntil(*this, delimiter, maximum); }

  /// The same. The end of the line counts.
  ReadLine read_line(std::size_t maximum) noexcept { return ReadLine(*this, maximum); }

  /// Throws UnexpectedEnd when the stream ends before, and std::system_error.
  ReadExactly read_exact(std::size_t count) noexcept { return ReadExactly(*this, count); }

  /// What was read and not yet taken.
  std::string_view buffered() const noexcept { return buffer_.bytes(); }

 private:
  // One read of the source into the buffer. `read` is the caller's, and lives from Pending to Ready.
  Poll<> fill(std::optional<Read>& read, Context& context) {
    if (has_ended_) return Ready();
    if (!read) read.emplace(source_.read(buffer_.room(piece_)));
    auto count = read->poll(context);
    if (count.is_pending()) return pending;
    read.reset();
    has_ended_ = count.value() == 0;
    buffer_.add(count.value());
    return Ready();
  }

  std::optional<std::string> rest() {
    if (buffer_.bytes().empty()) return std::nullopt;
    return buffer_.take(buffer_.bytes().size());
  }

  Source& source_;
  std::size_t piece_;
  bool has_ended_ = false;
  ReadBuffer buffer_;
};

}  // namespace kettle
