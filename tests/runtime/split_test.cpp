// The promises of runtime/kettle/split.hpp.
#include "kettle/split.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/unix_stream.hpp"
#include "net.hpp"

namespace {

using kettle::ReadHalf;
using kettle::split;
using kettle::UnixStream;
using kettle::WriteHalf;
using story::CountingWaker;
using story::quiet_poll;

static_assert(!std::is_copy_constructible_v<ReadHalf> && !std::is_copy_constructible_v<WriteHalf>);
static_assert(std::is_nothrow_move_constructible_v<ReadHalf> && std::is_nothrow_move_constructible_v<WriteHalf>);

template <class Half>
void drop(std::optional<Half>& half) {
  half.reset();
}

// A split stream, and who is at the other end.
struct Ends {
  Ends() : Ends(UnixStream::pair()) {}
  explicit Ends(std::pair<UnixStream, UnixStream> pair) : Ends(split(std::move(pair.first)), std::move(pair.second)) {}
  Ends(std::pair<ReadHalf, WriteHalf> halves, UnixStream o)
      : reader(std::move(halves.first)), writer(std::move(halves.second)), other(std::move(o)) {}
  std::size_t hear() {
    auto read = other.read(buffer);
    return net::finish(read);
  }
  std::optional<ReadHalf> reader;
  std::optional<WriteHalf> writer;
  UnixStream other;
  char buffer[100];
};

TEST_CASE("the halves read and write one connection, at the same time") {
  Ends ends;
  CountingWaker task;
  char buffer[3];
  auto read = ends.reader->read_exact(buffer);
  CHECK(quiet_poll(read, task).is_pending());
  auto write = ends.writer->write_all("there");
  CHECK(quiet_poll(write, task).is_ready());
  CHECK_EQ(ends.hear(), 5);
  auto back = ends.other.write_all("and");
  net::finish(back);
  net::hear_news();
  CHECK(quiet_poll(read, task).is_ready());
  CHECK_EQ(std::string_view(buffer, 3), "and");

  const std::string_view pieces[] = {"a", "b"};
  auto vectored = ends.writer->write_vectored(pieces);
  CHECK_EQ(net::finish(vectored), 2);
  auto some = ends.writer->write("c");
  CHECK_EQ(net::finish(some), 1);
  CHECK_EQ(ends.hear(), 3);
  CHECK_EQ(ends.reader->name(), "pair");
  CHECK_EQ(ends.writer->name(), "pair");
}

TEST_CASE("when the writing half goes, the other end hears the end, and can still be heard") {
  Ends ends;
  auto last = ends.writer->write_all("last");
  net::finish(last);
  drop(ends.writer);
  CHECK_EQ(ends.hear(), 4);
  CHECK_EQ(ends.hear(), 0);
  auto write = ends.other.write_all("still");
  net::finish(write);
  char buffer[10];
  auto read = ends.reader->read(buffer);
  CHECK_EQ(net::finish(read), 5);
}

TEST_CASE("when the reading half goes, writing goes on") {
  Ends ends;
  drop(ends.reader);
  auto write = ends.writer->write_all("on");
  net::finish(write);
  CHECK_EQ(ends.hear(), 2);
}

TEST_CASE("when both are gone, in either order, the connection is closed") {
  for (const bool writer_first : {true, false}) {
    Ends ends;
    const std::size_t before = net::open_descriptors();
    if (writer_first) drop(ends.writer);
    drop(ends.reader);
    CHECK_EQ(net::open_descriptors(), before - (writer_first ? 1 : 0));
    drop(ends.writer);
    CHECK_EQ(net::open_descriptors(), before - 1);
    CHECK_EQ(ends.hear(), 0);
  }
}

TEST_CASE("a half that was moved from ends nothing; one that is assigned to ends what it had") {
  Ends ends;
  {
    WriteHalf moved(std::move(*ends.writer));
    drop(ends.writer);
    auto write = moved.write_all("on");
    net::finish(write);
    CHECK_EQ(ends.hear(), 2);

    Ends others;
    moved = std::move(*others.writer);
    CHECK_EQ(ends.hear(), 0);
    auto elsewhere = moved.write_all("here");
    net::finish(elsewhere);
    CHECK_EQ(others.hear(), 4);
    *others.reader = std::move(*ends.reader);
  }
}

TEST_CASE("dropping the writing half of a connection that is gone is no error") {
  Ends ends;
  {
    const UnixStream gone = std::move(ends.other);
  }
  drop(ends.writer);
  char buffer[10];
  auto read = ends.reader->read(buffer);
  CHECK_EQ(net::finish(read), 0);
}

}  // namespace
