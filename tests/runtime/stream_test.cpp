// The promises of runtime/kettle/stream.hpp.
#include "kettle/stream.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "kettle/join_handle.hpp"
#include "kettle/task.hpp"
#include "kettle/unix_stream.hpp"
#include "net.hpp"

namespace {

using kettle::ReadExact;
using kettle::Shutdown;
using kettle::Stream;
using kettle::Task;
using kettle::UnixStream;
using kettle::WriteAll;
using kettle::WriteVectored;
using net::hear_news;
using story::CountingWaker;
using story::quiet_poll;

static_assert(kettle::Future<ReadExact> && kettle::Future<WriteAll> && kettle::Future<WriteVectored>);
static_assert(!std::is_copy_constructible_v<Stream> && std::is_move_constructible_v<Stream>);

// Everything that is there now.
std::string read_now(Stream& stream) {
  std::string all;
  CountingWaker task;
  std::vector<char> buffer(100'000);
  for (;;) {
    auto read = stream.read(buffer);
    auto answer = quiet_poll(read, task);
    if (answer.is_pending()) {
      hear_news();
      if (!task.is_woken()) return all;
      continue;
    }
    if (answer.value() == 0) return all;
    all.append(buffer.data(), answer.value());
  }
}

std::string numbered(std::size_t size) {
  std::string bytes(size, ' ');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 256);
  return bytes;
}

// Writes until there is no room left. How much that was.
std::size_t fill(Stream& stream) {
  CountingWaker task;
  std::size_t written = 0;
  const std::string piece(10'000, 'f');
  for (;;) {
    auto write = stream.write(piece);
    auto answer = quiet_poll(write, task);
    if (answer.is_pending()) return written;
    written += answer.value();
  }
}

// --- reading exactly ----------------------------------------------------------------------------------------------

TEST_CASE("read_exact takes pieces until the buffer is full, a poll for each piece") {
  auto [one, other] = UnixStream::pair();
  char buffer[6];
  auto read = one.read_exact(buffer);
  CountingWaker task;
  CHECK(quiet_poll(read, task).is_pending());
  for (const std::string_view piece : {"ab", "c", "de"}) {
    auto write = other.write_all(piece);
    CHECK(quiet_poll(write, task).is_ready());
    CHECK_FALSE(task.is_woken());
    hear_news();
    CHECK(task.is_woken());
    CHECK(quiet_poll(read, task).is_pending());
  }
  CHECK_EQ(read.read(), 5);
  auto write = other.write_all("fgh");
  CHECK(quiet_poll(write, task).is_ready());
  hear_news();
  CHECK(quiet_poll(read, task).is_ready());
  CHECK_EQ(std::string_view(buffer, 6), "abcdef");
  CHECK_EQ(read_now(one), "gh");
  CHECK_FALSE(task.is_held());
}

TEST_CASE("read_exact: what was read before it was dropped is in the buffer") {
  auto [one, other] = UnixStream::pair();
  char buffer[6] = {};
  CountingWaker task;
  auto write = other.write_all("abc");
  CHECK(quiet_poll(write, task).is_ready());
  {
    auto read = one.read_exact(buffer);
    CHECK(quiet_poll(read, task).is_pending());
    hear_news();
    CHECK(quiet_poll(read, task).is_pending());
    CHECK_EQ(read.read(), 3);
  }
  CHECK_FALSE(task.is_held());
  CHECK_EQ(std::string_view(buffer, 3), "abc");
}

TEST_CASE("read_exact of nothing is ready at once") {
  auto [one, other] = UnixStream::pair();
  auto read = one.read_exact({});
  CountingWaker task;
  CHECK(quiet_poll(read, task).is_ready());
}

TEST_CASE("a stream that ends too early says how far it came") {
  auto [one, other] = UnixStream::pair();
  char buffer[6];
  auto write = other.write_all("abcd");
  net::finish(write);
  other.shutdown(Shutdown::write);
  auto read = one.read_exact(buffer);
  CHECK_THROWS_WITH_AS(net::finish(read), "read from pair: the stream ended after 4 of 6 bytes", kettle::UnexpectedEnd);
  auto again = one.read_exact(buffer);
  CHECK_THROWS_WITH_AS(net::finish(again), "read from pair: the stream ended after 0 of 6 bytes",
                       kettle::UnexpectedEnd);
}

// --- the end ------------------------------------------------------------------------------------------------------

TEST_CASE("data and the end that come together are both seen, and the end again and again") {
  auto [one, other] = UnixStream::pair();
  auto write = other.write_all("last words");
  net::finish(write);
  {
    const UnixStream gone = std::move(other);
  }
  char buffer[100];
  for (const std::size_t expected : {10U, 0U, 0U, 0U}) {
    auto read = one.read(buffer);
    CHECK_EQ(net::finish(read), expected);
  }
}

TEST_CASE("shutting down the writing ends the other side's reading, and not one's own") {
  auto [one, other] = UnixStream::pair();
  one.shutdown(Shutdown::write);
  one.shutdown(Shutdown::write);  // Once more does no harm.
  char buffer[100];
  auto end = other.read(buffer);
  CHECK_EQ(net::finish(end), 0);
  auto write = other.write_all("still heard");
  net::finish(write);
  CHECK_EQ(read_now(one), "still heard");
  auto no_more = one.write_all("no");
  CHECK_THROWS_WITH(net::finish(no_more), "write to pair: Broken pipe");
}

TEST_CASE("shutting down one's own reading ends a read that waits") {
  auto [one, other] = UnixStream::pair();
  char buffer[100];
  CountingWaker task;
  auto read = one.read(buffer);
  CHECK(quiet_poll(read, task).is_pending());
  one.shutdown(Shutdown::read);
  hear_news();
  CHECK(task.is_woken());
  CHECK_EQ(quiet_poll(read, task).value(), 0);
}

TEST_CASE("shutting down both, and what is gone already") {
  auto [one, other] = UnixStream::pair();
  one.shutdown(Shutdown::both);
  char buffer[10];
  auto end = other.read(buffer);
  CHECK_EQ(net::finish(end), 0);
  {
    const UnixStream gone = std::move(one);
  }
  other.shutdown(Shutdown::both);
}

TEST_CASE("shutting down what is no socket is an error with a name") {
  int ends[2];
  REQUIRE_EQ(pipe(ends), 0);
  Stream stream(ends[0], "a pipe");
  close(ends[1]);
  CHECK_THROWS_WITH(stream.shutdown(Shutdown::write),
                    "shut down the connection to a pipe: Socket operation on non-socket");
}

// --- writing all --------------------------------------------------------------------------------------------------

TEST_CASE("write_all is ready at the first poll while there is room") {
  auto [one, other] = UnixStream::pair();
  CountingWaker task;
  auto write = one.write_all("hello");
  CHECK(quiet_poll(write, task).is_ready());
  CHECK_EQ(write.written(), 5);
  CHECK_EQ(read_now(other), "hello");
  auto nothing = one.write_all("");
  CHECK(quiet_poll(nothing, task).is_ready());
}

TEST_CASE("write_all waits for room, as often as it must, and everything arrives in order") {
  auto [one, other] = UnixStream::pair();
  const std::string text = numbered(1'000'000);
  CountingWaker task;
  auto write = one.write_all(text);
  std::string heard;
  int polls = 0;
  for (;;) {
    auto answer = quiet_poll(write, task);
    ++polls;
    heard += read_now(other);
    if (answer.is_ready()) break;
    CHECK_EQ(heard.size(), write.written());
    hear_news();
    REQUIRE(task.is_woken());
    REQUIRE_LT(polls, 10'000);
  }
  CHECK_GT(polls, 2);
  CHECK(heard == text);
  CHECK_FALSE(task.is_held());
}

TEST_CASE("write_all that is dropped knows how much it has written, and the rest can follow") {
  auto [one, other] = UnixStream::pair();
  const std::string text = numbered(1'000'000);
  std::size_t written = 0;
  CountingWaker task;
  {
    auto write = one.write_all(text);
    CHECK(quiet_poll(write, task).is_pending());
    written = write.written();
  }
  CHECK_FALSE(task.is_held());
  CHECK_GT(written, 0);
  CHECK_LT(written, text.size());
  std::string heard = read_now(other);
  CHECK_EQ(heard.size(), written);
  while (written < text.size()) {
    auto rest = one.write(std::string_view(text).substr(written));
    written += net::finish(rest);
    heard += read_now(other);
  }
  CHECK(heard == text);
}

TEST_CASE("writing to nobody is an error with a name, and does not end the process") {
  auto [one, other] = UnixStream::pair();
  {
    const UnixStream gone = std::move(other);
  }
  auto write = one.write_all("hello?");
  CHECK_THROWS_WITH(net::finish(write), "write to pair: Broken pipe");
}

TEST_CASE("a write that waits is told when the other side goes") {
  auto [one, other] = UnixStream::pair();
  fill(one);
  CountingWaker task;
  auto write = one.write_all("more");
  CHECK(quiet_poll(write, task).is_pending());
  {
    const UnixStream gone = std::move(other);
  }
  hear_news();
  CHECK(task.is_woken());
  CHECK_THROWS_AS(quiet_poll(write, task), std::system_error);
}

// --- several pieces -----------------------------------------------------------------------------------------------

TEST_CASE("write_vectored writes the pieces in order, and says how much it was") {
  auto [one, other] = UnixStream::pair();
  CountingWaker task;
  const std::string_view pieces[] = {"HTTP/1.1 ", "", "200 OK", "\r\n"};
  auto write = one.write_vectored(pieces);
  CHECK_EQ(quiet_poll(write, task).value(), 17);
  CHECK_EQ(read_now(other), "HTTP/1.1 200 OK\r\n");
}

TEST_CASE("write_vectored of nothing is ready at once, with 0") {
  auto [one, other] = UnixStream::pair();
  fill(one);
  CountingWaker task;
  auto none = one.write_vectored({});
  CHECK_EQ(quiet_poll(none, task).value(), 0);
  const std::vector<std::string_view> empty(100);
  auto nothing = one.write_vectored(empty);
  CHECK_EQ(quiet_poll(nothing, task).value(), 0);
}

TEST_CASE("write_vectored takes 64 pieces at most, the empty ones not counted") {
  auto [one, other] = UnixStream::pair();
  CountingWaker task;
  std::vector<std::string_view> pieces;
  for (int i = 0; i < 100; ++i) pieces.insert(pieces.end(), {"", "ab"});
  auto write = one.write_vectored(pieces);
  CHECK_EQ(quiet_poll(write, task).value(), 128);
  CHECK_EQ(read_now(other).size(), 128);
}

TEST_CASE("write_vectored that finds too little room writes a part; without any it waits") {
  auto [one, other] = UnixStream::pair();
  const std::string first = numbered(300'000);
  const std::string second(300'000, '2');
  const std::string_view pieces[] = {first, second};
  CountingWaker task;
  auto write = one.write_vectored(pieces);
  const std::size_t count = quiet_poll(write, task).value();
  CHECK_GT(count, 0);
  CHECK_LT(count, 600'000);
  fill(one);
  auto waiting = one.write_vectored(pieces);
  CHECK(quiet_poll(waiting, task).is_pending());
  const std::string heard = read_now(other);
  CHECK(std::string_view(heard).substr(0, count) == (first + second).substr(0, count));
  hear_news();
  CHECK(task.is_woken());
  CHECK(quiet_poll(waiting, task).is_ready());
}

// --- a stream and its futures -------------------------------------------------------------------------------------

TEST_CASE("one task may read while another one writes") {
  auto [one, other] = UnixStream::pair();
  fill(one);
  char buffer[10];
  CountingWaker reader;
  CountingWaker writer;
  auto read = one.read(buffer);
  auto write = one.write("more");
  CHECK(quiet_poll(read, reader).is_pending());
  CHECK(quiet_poll(write, writer).is_pending());
  auto answer = other.write("news");
  net::finish(answer);
  hear_news();
  CHECK(reader.is_woken());
  CHECK_FALSE(writer.is_woken());
  CHECK_EQ(quiet_poll(read, reader).value(), 4);
  read_now(other);
  hear_news();
  CHECK(writer.is_woken());
  CHECK_EQ(quiet_poll(write, writer).value(), 4);
}

TEST_CASE("two tasks that read one stream are a mistake, and are told") {
  auto [one, other] = UnixStream::pair();
  char buffer[10];
  CountingWaker task;
  auto read = one.read(buffer);
  auto exact = one.read_exact(buffer);
  CHECK(quiet_poll(read, task).is_pending());
  CHECK_THROWS_AS(quiet_poll(exact, task), kettle::Misuse);
}

TEST_CASE("a stream may be moved while a future of it waits") {
  auto [one, other] = UnixStream::pair();
  char buffer[5];
  CountingWaker task;
  auto read = one.read_exact(buffer);
  CHECK(quiet_poll(read, task).is_pending());
  const UnixStream moved = std::move(one);
  auto write = other.write_all("moved");
  net::finish(write);
  hear_news();
  CHECK(task.is_woken());
  CHECK(quiet_poll(read, task).is_ready());
  CHECK_EQ(std::string_view(buffer, 5), "moved");
}

TEST_CASE("a future whose stream is closed first is woken, and its next poll is a mistake that is told") {
  CountingWaker task;
  char buffer[5];
  std::optional<std::pair<UnixStream, UnixStream>> ends(UnixStream::pair());
  auto read = ends->first.read_exact(buffer);
  CHECK(quiet_poll(read, task).is_pending());
  ends.reset();
  CHECK(task.is_woken());
  CHECK_FALSE(task.is_held());
  CHECK_THROWS_AS(quiet_poll(read, task), kettle::Misuse);
}

TEST_CASE("futures may be moved before they wait, and not while they wait") {
  auto [one, other] = UnixStream::pair();
  char buffer[5];
  CountingWaker task;
  auto first = one.read_exact(buffer);
  auto read = std::move(first);
  CHECK(quiet_poll(read, task).is_pending());
  CHECK_THROWS_AS(story::move_away(read), kettle::Misuse);
  fill(one);
  auto write = one.write_all("more");
  CHECK(quiet_poll(write, task).is_pending());
  CHECK_THROWS_AS(story::move_away(write), kettle::Misuse);
}

// A million bytes there and back, each side in two tasks.
Task<> send(Stream& stream, const std::string& text) {
  co_await stream.write_all(text);
  stream.shutdown(Shutdown::write);
}
Task<> return_all(Stream& stream) {
  char buffer[5000];
  for (;;) {
    const std::size_t count = co_await stream.read(buffer);
    if (count == 0) break;
    co_await stream.write_all(std::string_view(buffer, count));
  }
  stream.shutdown(Shutdown::write);
}
Task<std::string> exchange(std::string text) {
  auto ends = UnixStream::pair();
  auto sending = kettle::spawn(send(ends.first, text));
  auto returning = kettle::spawn(return_all(ends.second));
  std::string heard(text.size(), ' ');
  co_await ends.first.read_exact(heard);
  char buffer[1];
  const std::size_t end = co_await ends.first.read(buffer);
  CHECK_EQ(end, 0);
  co_await sending;
  co_await returning;
  co_return heard;
}

TEST_CASE("a million bytes there and back") {
  const std::string text = numbered(1'000'000);
  CHECK(kettle::block_on(exchange(text)) == text);
}

}  // namespace
