#pragma once
// write_all and read_until
// build · lesson 10 · ./learn test write_all
//
// A stream moves what it can now: write() takes a part of the bytes, read() brings a part of a line, or three lines.
//
//     write_all("hello")    write("hello") took 2 -> write("llo") took 3 -> done
//
//     read brings           what the reader has          read_until("\r\n", 100)
//     "GET /\r"             "GET /\r"                    Pending
//     "\nHost"              "GET /\r\nHost"              Ready("GET /\r\n"), and "Host" is kept for the next call
//
// Your task, one step at a time:
//   1. write_all writes every byte once, in order, however few the stream takes at a time.
//   2. Both are Pending while the stream is, and go on when it wakes them.
//   3. write_all of no bytes is Ready at once. A stream that takes 0 of some bytes would keep you busy for ever: throw
//      NothingTaken.
//   4. read_until gives everything up to the delimiter, and with it. What came behind it belongs to the next call.
//   5. The delimiter may come in two reads.
//   6. At the end of the stream it gives what is left, and from then on nothing.
//   7. More than `maximum` bytes, the delimiter counted: throw TooLong. A client that never sends a delimiter must not
//      fill the memory.
//   8. Dropping a read_until that is not Ready loses no byte, and nor does an error of the stream: the next call goes
//      on from there. (Errors come out as they are.)
//
// Given: kettle/task.hpp, and a stream with
//   stream.read(std::span<char>)      a future of how many bytes it has put there; 0 is the end of the stream
//   stream.write(std::string_view)    a future of how many bytes it has taken
// Both throw what went wrong, and lose nothing when they are dropped. A coroutine is one way, a hand-written future
// another: write_all and read_until may return any future with this Output. Do not use: kettle/buf_reader.hpp, and a
// stream's own write_all.

#include <kettle/task.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

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
  // TODO 1, 3: the answer of write() says how many bytes it has taken.
  co_await stream.write(bytes);
}

/// Reads from a stream, which must outlive it.
template <class Stream>
class Reader {
 public:
  explicit Reader(Stream& stream) : stream_(stream) {}

  /// The bytes up to `delimiter`, and with it. At the end of the stream what is left; nothing, when that is nothing.
  /// The delimiter has at least one character, and must stay where it is.
  Task<std::optional<std::string>> read_until(std::string_view delimiter, std::size_t maximum) {
    // TODO 4: read until the delimiter is there, and no further. Where do the bytes behind it live until the next call?
    // TODO 5, 6, 7, 8: the delimiter in two reads; the end of the stream; the maximum; a drop in the middle.
    static_cast<void>(delimiter);
    static_cast<void>(maximum);
    std::array<char, 1024> piece;
    const std::size_t count = co_await stream_.read(piece);
    co_return std::string(piece.data(), count);
  }

 private:
  Stream& stream_;
};

}  // namespace mine
