// The promises of runtime/kettle/buf_reader.hpp.
#include "kettle/buf_reader.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/split.hpp"
#include "kettle/unix_stream.hpp"
#include "net.hpp"

namespace {

using kettle::BufReader;
using kettle::TooLong;
using kettle::UnexpectedEnd;
using kettle::UnixStream;
using story::CountingWaker;
using story::quiet_poll;

using Reader = BufReader<UnixStream>;
static_assert(kettle::Future<Reader::ReadUntil> && kettle::Future<Reader::ReadLine> &&
              kettle::Future<Reader::ReadExactly>);
static_assert(!std::is_copy_constructible_v<Reader>);

// A reader, and who writes to it.
struct Ends {
  explicit Ends(std::size_t piece = 8 * 1024) : ends(UnixStream::pair()), reader(ends.first, piece) {}
  void write(std::string_view text) {
    auto writing = ends.second.write_all(text);
    net::finish(writing);
  }
  void end() { ends.second.shutdown(kettle::Shutdown::write); }
  std::optional<std::string> line(std::size_t maximum = 1000) {
    auto reading = reader.read_line(maximum);
    return net::finish(reading);
  }
  std::optional<std::string> until(char delimiter, std::size_t maximum = 1000) {
    auto reading = reader.read_until(delimiter, maximum);
    return net::finish(reading);
  }
  std::string exact(std::size_t count) {
    auto reading = reader.read_exact(count);
    return net::finish(reading);
  }
  std::pair<UnixStream, UnixStream> ends;
  Reader reader;
};

TEST_CASE("lines end in \\n or \\r\\n, and may be empty; the last may have no end") {
  Ends ends;
  ends.write("one\ntwo\r\n\n\r\n\rthree\r\r\nfour\rfive");
  ends.end();
  for (const char* const expected : {"one", "two", "", "", "\rthree\r", "four\rfive"}) CHECK_EQ(ends.line(), expected);
  CHECK_FALSE(ends.line().has_value());
  CHECK_FALSE(ends.line().has_value());
}

TEST_CASE("a \\r at the very end is not the end of a line") {
  Ends ends;
  ends.write("last\r");
  ends.end();
  CHECK_EQ(ends.line(), "last\r");
}

TEST_CASE("read_until brings the delimiter, whichever it is, and what is left at the end without one") {
  using namespace std::string_literals;
  Ends ends;
  ends.write("a;b;;c\0d\0e"s);
  ends.end();
  CHECK_EQ(ends.until(';'), "a;");
  CHECK_EQ(ends.until(';'), "b;");
  CHECK_EQ(ends.until(';'), ";");
  CHECK_EQ(ends.until('\0'), "c\0"s);
  CHECK_EQ(ends.until('\0'), "d\0"s);
  CHECK_EQ(ends.until('\0'), "e");
  CHECK_FALSE(ends.until('\0').has_value());
}

TEST_CASE("however the stream is cut, and however small the pieces are, the same comes out") {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\n\r\n12345rest";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    for (const std::size_t piece : {1U, 2U, 7U, 8192U}) {
      CAPTURE(cut);
      CAPTURE(piece);
      Ends ends(piece);
      CountingWaker task;
      std::vector<std::string> got;
      ends.write(std::string_view(text).substr(0, cut));
      bool is_whole = false;
      const auto more = [&] {
        net::hear_news();
        if (task.is_woken()) return;
        REQUIRE_FALSE(is_whole);
        ends.write(std::string_view(text).substr(cut));
        ends.end();
        is_whole = true;
        net::hear_news();
      };
      const auto read = [&](auto future) {
        for (;;) {
          auto answer = quiet_poll(future, task);
          if (answer.is_ready()) return answer.take();
          more();
        }
      };
      CHECK_EQ(read(ends.reader.read_line(100)), "GET / HTTP/1.1");
      CHECK_EQ(read(ends.reader.read_until('\n', 100)), "Host: a\n");
      CHECK_EQ(read(ends.reader.read_line(100)), "");
      CHECK_EQ(read(ends.reader.read_exact(5)), "12345");
      CHECK_EQ(read(ends.reader.read_line(100)), "rest");
      CHECK_EQ(read(ends.reader.read_line(100)), std::nullopt);
    }
  }
}

TEST_CASE("a maximum: at it, over it, with and without an end") {
  for (const std::size_t piece : {1U, 3U, 8192U}) {
    CAPTURE(piece);
    {
      Ends ends(piece);
      ends.write("1234\n12345\n");
      CHECK_EQ(ends.line(5), "1234");  // The end of the line counts.
      CHECK_THROWS_WITH_AS(ends.line(5), "read from pair: more than 5 bytes without an end", TooLong);
      CHECK_THROWS_AS(ends.line(5), TooLong);  // It stays where it is,
      CHECK_EQ(ends.line(6), "12345");         // and who allows more gets it.
    }
    {
      Ends ends(piece);
      ends.write("123456");  // No end has come, and it is too long already.
      CHECK_THROWS_AS(ends.line(5), TooLong);
    }
    {
      Ends ends(piece);
      ends.write("12345");
      ends.end();
      CHECK_EQ(ends.line(5), "12345");  // Exactly the maximum, and then the end of the stream.
    }
    {
      Ends ends(piece);
      ends.write("1234\r\n");
      CHECK_THROWS_AS(ends.line(5), TooLong);
    }
    {
      Ends ends(piece);
      ends.write("\n\n");
      CHECK_EQ(ends.line(1), "");
      CHECK_THROWS_AS(ends.until('\n', 0), TooLong);
    }
  }
}

TEST_CASE("a reader does not take in much more than the maximum") {
  Ends ends(100);
  ends.write(std::string(50'000, 'x'));
  CHECK_THROWS_AS(ends.line(250), TooLong);
  CHECK_LE(ends.reader.buffered().size(), 350);
}

TEST_CASE("what is dropped half-way has lost nothing") {
  Ends ends;
  CountingWaker task;
  {
    auto line = ends.reader.read_line(100);
    CHECK(quiet_poll(line, task).is_pending());
    ends.write("half ");
    net::hear_news();
    CHECK(quiet_poll(line, task).is_pending());
  }
  CHECK_FALSE(task.is_held());
  CHECK_EQ(ends.reader.buffered(), "half ");
  {
    auto exact = ends.reader.read_exact(100);
    CHECK(quiet_poll(exact, task).is_pending());
    ends.write("a line");
    net::hear_news();
    CHECK(task.is_woken());  // It has come, and nobody has looked.
  }
  {
    auto until = ends.reader.read_until('!', 100);
    CHECK(quiet_poll(until, task).is_pending());
    CHECK_EQ(ends.reader.buffered(), "half a line");
  }
  ends.write(" of text\n");
  CHECK_EQ(ends.line(), "half a line of text");
}

TEST_CASE("a line in the buffer is ready at the first poll, and no read is made for it") {
  Ends ends;
  ends.write("one\ntwo\n");
  CHECK_EQ(ends.line(), "one");
  CHECK_EQ(ends.reader.buffered(), "two\n");
  CountingWaker task;
  auto line = ends.reader.read_line(100);
  CHECK_EQ(quiet_poll(line, task).take(), "two");
  auto none = ends.reader.read_exact(0);
  CHECK_EQ(quiet_poll(none, task).take(), "");
  auto more = ends.reader.read_line(100);
  CHECK(quiet_poll(more, task).is_pending());
}

TEST_CASE("a poll for each piece, and no more") {
  Ends ends;
  CountingWaker task;
  auto line = ends.reader.read_line(100);
  CHECK(quiet_poll(line, task).is_pending());
  for (int i = 0; i < 5; ++i) {
    ends.write("x");
    net::hear_news();
    CHECK_EQ(task.wakes(), i + 1);
    CHECK(quiet_poll(line, task).is_pending());
  }
  ends.write("\n");
  net::hear_news();
  CHECK_EQ(quiet_poll(line, task).take(), "xxxxx");
}

TEST_CASE("read_exact: what comes, what does not come any more") {
  Ends ends;
  ends.write("12345678");
  CHECK_EQ(ends.exact(3), "123");
  CHECK_EQ(ends.exact(3), "456");
  ends.end();
  CHECK_THROWS_WITH_AS(ends.exact(3), "read from pair: the stream ended after 2 of 3 bytes", UnexpectedEnd);
  CHECK_EQ(ends.line(), "78");  // It is still there.
  CHECK_THROWS_AS(ends.exact(1), UnexpectedEnd);
  CHECK_EQ(ends.exact(0), "");
}

TEST_CASE("long lines, and many short ones") {
  Ends ends;
  const std::string long_line(90'000, 'l');
  ends.write(long_line + "\n");
  CHECK_EQ(ends.line(100'000), long_line);
  std::string many;
  for (int i = 0; i < 5000; ++i) many += std::to_string(i) + "\n";
  ends.write(many);
  for (int i = 0; i < 5000; ++i) {
    const auto line = ends.line();
    if (line != std::to_string(i)) FAIL(i);
  }
}

TEST_CASE("an error of the source passes through") {
  Ends ends;
  ends.write("before");
  auto unanswered = ends.ends.first.write_all("unread");  // Closing with unread bytes resets the connection.
  net::finish(unanswered);
  {
    const UnixStream gone = std::move(ends.ends.second);
  }
  CountingWaker task;
  CHECK_THROWS_AS((ends.line(), ends.line()), std::system_error);
}

TEST_CASE("the source may be a half of a stream, or a pipe") {
  auto [one, other] = UnixStream::pair();
  auto halves = kettle::split(std::move(one));
  BufReader<kettle::ReadHalf> of_half(halves.first);
  auto write = other.write_all("to a half\n");
  net::finish(write);
  auto line = of_half.read_line(100);
  CHECK_EQ(net::finish(line), "to a half");

  kettle::Pipe pipe = kettle::make_pipe();
  BufReader<kettle::AsyncFd> of_pipe(pipe.reader);
  auto into = pipe.writer.write("to a pipe\n");
  net::finish(into);
  auto other_line = of_pipe.read_line(100);
  CHECK_EQ(net::finish(other_line), "to a pipe");
}

TEST_CASE("a reader may be moved between two futures, with what it has") {
  Ends ends;
  ends.write("one\ntwo\n");
  CHECK_EQ(ends.line(), "one");
  Reader moved(std::move(ends.reader));
  auto line = moved.read_line(100);
  CHECK_EQ(net::finish(line), "two");
}

TEST_CASE("the buffer gives room, and keeps what is not taken") {
  kettle::ReadBuffer buffer;
  CHECK_EQ(buffer.bytes(), "");
  std::string expected;
  std::size_t next = 0;
  for (int round = 0; round < 300; ++round) {
    const std::size_t size = static_cast<std::size_t>(1 + round * 7 % 40);
    const std::span<char> room = buffer.room(size);
    REQUIRE_EQ(room.size(), size);
    const std::size_t used = size - static_cast<std::size_t>(round % 2 == 0 ? size / 2 : 0);
    for (std::size_t i = 0; i < used; ++i) {
      room[i] = static_cast<char>(next++);
      expected += room[i];
    }
    buffer.add(used);
    REQUIRE_EQ(buffer.bytes(), expected);
    const std::size_t count = static_cast<std::size_t>(round * 5 % 30) % (expected.size() + 1);
    if (round % 3 == 0) {
      buffer.drop(count);
    } else {
      CHECK_EQ(buffer.take(count), expected.substr(0, count));
    }
    expected.erase(0, count);
  }
}

}  // namespace
