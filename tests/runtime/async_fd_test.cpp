// The promises of kettle/async_fd.hpp: system calls counted, polls counted, and nothing lost that was on its way.
#include <kettle/async_fd.hpp>
#include <kettle/block_on.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "futures.hpp"

namespace {

thread_local int calls = 0;       // Of read(2) and write(2) so far.
thread_local int interrupts = 0;  // So many of the next ones are interrupted by a signal.

bool is_interrupted() {
  ++calls;
  if (interrupts == 0) return false;
  --interrupts;
  errno = EINTR;
  return true;
}

}  // namespace

extern "C" ssize_t read(int fd, void* buffer, size_t size) {
  return is_interrupted() ? -1 : syscall(SYS_read, fd, buffer, size);
}
extern "C" ssize_t write(int fd, const void* buffer, size_t size) {
  return is_interrupted() ? -1 : syscall(SYS_write, fd, buffer, size);
}

namespace {

using namespace std::chrono_literals;
using kettle::AsyncFd;
using kettle::Direction;
using kettle::Flow;
using kettle::Misuse;
using kettle::Task;

// Whom the news wakes that there is now. True when somebody was.
bool look() {
  kettle::Parker parker;
  return kettle::Reactor::current().park(parker, kettle::no_wait);
}

// A future that is polled by hand.
template <class F>
struct Polled {
  explicit Polled(F f) : future(std::move(f)) {}
  // The value; nothing while it is Pending.
  std::optional<std::size_t> poll() {
    ++polls;
    task.clear();
    kettle::Context context(task.waker());
    auto answer = future.poll(context);
    if (answer.is_pending()) return std::nullopt;
    return answer.take();
  }
  bool is_woken() const { return task.is_woken(); }
  story::CountingWaker task;
  F future;
  int polls = 0;
};

// Two connected sockets: ours, and a plain descriptor.
struct Line {
  explicit Line(Flow flow = Flow::stream) : Line(make(), flow) {}
  Line(std::pair<int, int> ends, Flow flow) : ours(ends.first, flow, "the line"), theirs(ends.second) {}
  ~Line() { hang_up(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  static std::pair<int, int> make() {
    int ends[2];
    REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    return {ends[0], ends[1]};
  }
  void send(std::string_view bytes) const {
    REQUIRE_EQ(syscall(SYS_write, theirs, bytes.data(), bytes.size()), static_cast<long>(bytes.size()));
  }
  std::size_t take_all() const {
    std::string room(1 << 20, '\0');
    std::size_t all = 0;
    for (long count = 0; (count = syscall(SYS_read, theirs, room.data(), room.size())) > 0;) {
      all += static_cast<std::size_t>(count);
    }
    return all;
  }
  void hang_up() {
    if (theirs >= 0) close(std::exchange(theirs, -1));
  }
  AsyncFd ours;
  int theirs;
};

// Fills what the kernel keeps for `fd`, and returns how much that was.
std::size_t fill(AsyncFd& fd) {
  const std::string much(1 << 20, '!');
  std::size_t all = 0;
  for (;;) {
    Polled write(fd.write(much));
    const auto count = write.poll();
    if (!count) return all;
    all += *count;
  }
}

TEST_CASE("a read that finds nothing waits, and is polled once more when there is something") {
  Line line;
  char buffer[8];
  Polled read(line.ours.read(buffer));
  CHECK_FALSE(read.poll());
  CHECK_FALSE(look());
  line.send("tea");
  CHECK(look());
  CHECK(read.is_woken());
  CHECK_EQ(read.poll(), 3);
  CHECK_EQ(read.polls, 2);
  CHECK_EQ(std::string_view(buffer, 3), "tea");
  CHECK_FALSE(read.task.is_held());
}

TEST_CASE("what is left is read without waiting; a short read says that nothing is left, without a system call") {
  Line line;
  char buffer[4];
  line.send("0123456789");
  look();
  const int before = calls;
  CHECK_EQ(Polled(line.ours.read(buffer)).poll(), 4);
  CHECK_EQ(Polled(line.ours.read(buffer)).poll(), 4);
  CHECK_EQ(Polled(line.ours.read(buffer)).poll(), 2);
  CHECK_EQ(calls - before, 3);
  CHECK_FALSE(Polled(line.ours.read(buffer)).poll());
  CHECK_EQ(calls - before, 3);
}

TEST_CASE("a read that fills its buffer says nothing: the next one asks") {
  Line line;
  char buffer[4];
  line.send("01234567");
  look();
  const int before = calls;
  for (int i = 0; i < 2; ++i) CHECK_EQ(Polled(line.ours.read(buffer)).poll(), 4);
  CHECK_FALSE(Polled(line.ours.read(buffer)).poll());
  CHECK_EQ(calls - before, 3);
  CHECK_FALSE(Polled(line.ours.read(buffer)).poll());  // "Would block" is remembered.
  CHECK_EQ(calls - before, 3);
}

TEST_CASE("with items a short read says nothing") {
  Line line(Flow::items);
  char buffer[64];
  line.send("a line of a terminal");
  look();
  const int before = calls;
  CHECK_EQ(Polled(line.ours.read(buffer)).poll(), 20);
  CHECK_FALSE(Polled(line.ours.read(buffer)).poll());
  CHECK_EQ(calls - before, 2);
}

TEST_CASE("a write does not wait while there is room; a short one says that there is none") {
  Line line;
  const std::string much(1 << 22, '!');
  Polled first(line.ours.write(much));
  const auto count = first.poll();
  REQUIRE(count.has_value());
  CHECK_GT(*count, 0);
  CHECK_LT(*count, much.size());
  const int before = calls;
  Polled second(line.ours.write(much));
  CHECK_FALSE(second.poll());
  CHECK_EQ(calls - before, 0);
  look();
  CHECK_FALSE(second.is_woken());
  CHECK_EQ(line.take_all(), *count);
  CHECK(look());
  CHECK(second.is_woken());
  CHECK(second.poll().has_value());
}

TEST_CASE("a descriptor that is not yet writable waits for the first news") {
  int ends[2];
  REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  AsyncFd ours(ends[0], Flow::stream, "not yet connected", false);
  const AsyncFd theirs(ends[1]);
  Polled write(ours.write("tea"));
  const int before = calls;
  CHECK_FALSE(write.poll());
  CHECK_EQ(calls - before, 0);
  CHECK(look());
  CHECK_EQ(write.poll(), 3);
}

TEST_CASE("the last bytes and the end in one edge: both are heard, and the end again and again") {
  for (const bool is_pipe : {false, true}) {
    std::optional<Line> line;
    std::optional<kettle::Pipe> pipe;
    if (is_pipe) {
      pipe.emplace(kettle::make_pipe());
      CHECK_EQ(Polled(pipe->writer.write("the last")).poll(), 8);
      const AsyncFd gone = std::move(pipe->writer);
    } else {
      line.emplace();
      line->send("the last");
      line->hang_up();
    }
    AsyncFd& reader = is_pipe ? pipe->reader : line->ours;
    look();
    char buffer[64];
    CHECK_EQ(Polled(reader.read(buffer)).poll(), 8);
    CHECK_FALSE(look());  // There is no news any more.
    for (int i = 0; i < 3; ++i) CHECK_EQ(Polled(reader.read(buffer)).poll(), 0);
  }
}

TEST_CASE("the end that comes while somebody waits wakes, in both directions") {
  Line line;
  fill(line.ours);
  char buffer[8];
  Polled read(line.ours.read(buffer));
  Polled write(line.ours.write("tea"));
  CHECK_FALSE(read.poll());
  CHECK_FALSE(write.poll());
  line.hang_up();
  CHECK(look());
  CHECK(read.is_woken());
  CHECK(write.is_woken());
  CHECK_THROWS_AS(write.poll(), std::system_error);
  CHECK_THROWS_AS(read.poll(), std::system_error);  // What we wrote was never read: a reset, and no quiet end.
}

TEST_CASE("writing to a closed pipe throws, with what was tried and with whom, and ends no process") {
  auto pipe = kettle::make_pipe();
  {
    const AsyncFd gone = std::move(pipe.reader);
  }
  for (int i = 0; i < 2; ++i) {
    try {
      Polled(pipe.writer.write("tea")).poll();
      FAIL("it was written");
    } catch (const std::system_error& error) {
      CHECK_EQ(error.code().value(), EPIPE);
      CHECK_EQ(std::string(error.what()).rfind("write to pipe: ", 0), 0);
    }
  }
}

TEST_CASE("a connection that is reset throws when it is read") {
  Line line;
  CHECK_EQ(Polled(line.ours.write("never read")).poll(), 10);
  line.hang_up();
  look();
  char buffer[8];
  try {
    Polled(line.ours.read(buffer)).poll();
    FAIL("it was read");
  } catch (const std::system_error& error) {
    CHECK_EQ(error.code().value(), ECONNRESET);
    CHECK_EQ(std::string(error.what()).rfind("read from the line: ", 0), 0);
  }
  CHECK_EQ(Polled(line.ours.read(buffer)).poll(), 0);
}

TEST_CASE("a call that is interrupted is made again, in the same poll") {
  Line line;
  line.send("tea");
  look();
  char buffer[8];
  int before = calls;
  interrupts = 3;
  CHECK_EQ(Polled(line.ours.read(buffer)).poll(), 3);
  CHECK_EQ(calls - before, 4);
  before = calls;
  interrupts = 2;
  CHECK_EQ(Polled(line.ours.write("tea")).poll(), 3);
  CHECK_EQ(calls - before, 3);
}

TEST_CASE("woken, and somebody else has taken it: Pending once more") {
  Line line;
  char buffer[8];
  Polled read(line.ours.read(buffer));
  CHECK_FALSE(read.poll());
  line.send("tea");
  CHECK(look());
  char other[8];
  CHECK_EQ(syscall(SYS_read, line.ours.fd(), other, sizeof other), 3);
  CHECK_FALSE(read.poll());
  CHECK_FALSE(read.poll());
  line.send("toast");
  CHECK(look());
  CHECK_EQ(read.poll(), 5);
}

TEST_CASE("dropped while it waits, or woken and not polled: no byte is lost, and nobody is woken for it") {
  Line line;
  char buffer[8];
  {
    Polled dropped(line.ours.read(buffer));
    CHECK_FALSE(dropped.poll());
  }
  CHECK_FALSE(kettle::Reactor::current().has_work_ahead());
  line.send("tea");
  CHECK_FALSE(look());
  CHECK_EQ(Polled(line.ours.read(buffer)).poll(), 3);
  {
    Polled dropped(line.ours.read(buffer));
    CHECK_FALSE(dropped.poll());
    line.send("toast");
    CHECK(look());
    CHECK(dropped.is_woken());
  }
  Polled next(line.ours.read(buffer));
  CHECK_EQ(next.poll(), 5);
  CHECK_EQ(next.polls, 1);
}

TEST_CASE("one task reads and one task writes; two that read are Misuse") {
  Line line;
  fill(line.ours);
  char buffer[8];
  Polled read(line.ours.read(buffer));
  Polled write(line.ours.write("tea"));
  CHECK_FALSE(read.poll());
  CHECK_FALSE(write.poll());
  Polled second(line.ours.read(buffer));
  CHECK_THROWS_AS(second.poll(), Misuse);
  line.send("tea");
  CHECK(look());
  CHECK(read.is_woken());
  CHECK_FALSE(write.is_woken());
  CHECK_EQ(read.poll(), 3);
}

TEST_CASE("a future may move until it waits; then it is Misuse") {
  Line line;
  char buffer[8];
  kettle::Read read = line.ours.read(buffer);
  kettle::Read moved = std::move(read);
  story::CountingWaker task;
  kettle::Context context(task.waker());
  CHECK(moved.poll(context).is_pending());
  CHECK_THROWS_AS([&] { const kettle::Read again = std::move(moved); }(), Misuse);
  line.send("tea");
  CHECK(look());
  CHECK(task.is_woken());
  CHECK_EQ(moved.poll(context).value(), 3);
  const kettle::Read finished = std::move(moved);
}

TEST_CASE("the descriptor may be moved while a future waits") {
  std::optional<AsyncFd> here;
  int theirs = -1;
  {
    const auto [ours, other] = Line::make();
    here.emplace(ours, Flow::stream, "the line");
    theirs = other;
  }
  char buffer[8];
  Polled read(here->read(buffer));
  CHECK_FALSE(read.poll());
  AsyncFd there = std::move(*here);
  here.reset();
  REQUIRE_EQ(syscall(SYS_write, theirs, "tea", 3), 3);
  CHECK(look());
  CHECK_EQ(read.poll(), 3);
  Line other;
  const int old = other.ours.fd();
  other.ours = std::move(there);
  CHECK_EQ(fcntl(old, F_GETFD), -1);
  CHECK_EQ(other.ours.name(), "the line");
  close(theirs);
}

TEST_CASE("a descriptor that goes while a future waits wakes it, and polling it is Misuse") {
  std::optional<AsyncFd> ours;
  const auto [end, theirs] = Line::make();
  ours.emplace(end);
  char buffer[8];
  Polled read(ours->read(buffer));
  CHECK_FALSE(read.poll());
  ours.reset();
  CHECK(read.is_woken());
  CHECK_FALSE(kettle::Reactor::current().has_work_ahead());
  CHECK_THROWS_AS(read.poll(), Misuse);
  close(theirs);
}

TEST_CASE("what cannot be waited for is refused with its name, and closed") {
  std::FILE* const file = std::tmpfile();
  REQUIRE_NE(file, nullptr);
  const int fd = dup(fileno(file));
  std::fclose(file);
  try {
    const AsyncFd refused(fd, Flow::stream, "recipes.txt");
    FAIL("it was taken");
  } catch (const std::system_error& error) {
    CHECK_EQ(error.code().value(), EPERM);
    CHECK_NE(std::string(error.what()).find("recipes.txt"), std::string::npos);
  }
  CHECK_EQ(fcntl(fd, F_GETFD), -1);
  try {
    const AsyncFd refused(-1);
    FAIL("it was taken");
  } catch (const std::system_error& error) {
    CHECK_EQ(error.code().value(), EBADF);
    CHECK_NE(std::string(error.what()).find("descriptor -1"), std::string::npos);
  }
}

TEST_CASE("it makes its descriptor non-blocking, and closes it at its end") {
  int fd = -1;
  {
    const auto [ours, theirs] = Line::make();
    fd = ours;
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    const AsyncFd owner(ours);
    CHECK_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    CHECK_EQ(owner.fd(), fd);
    close(theirs);
  }
  CHECK_EQ(fcntl(fd, F_GETFD), -1);
}

TEST_CASE("a pipe is not passed on to other programs, and when there is no descriptor left, none is lost") {
  const auto first = kettle::make_pipe();
  CHECK_NE(fcntl(first.reader.fd(), F_GETFD) & FD_CLOEXEC, 0);
  CHECK_NE(fcntl(first.writer.fd(), F_GETFD) & FD_CLOEXEC, 0);
  const int next = dup(0);  // The lowest number that is free.
  close(next);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  for (const int room : {0, 1}) {
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(next + room);
    REQUIRE_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    CHECK_THROWS_AS(kettle::make_pipe(), std::system_error);
    setrlimit(RLIMIT_NOFILE, &before);
    const int now = dup(0);
    CHECK_EQ(now, next);
    close(now);
  }
}

TEST_CASE("a named pipe that was closed and is opened again is not taken for closed") {
  char folder[] = "/tmp/kettle-fifo-XXXXXX";
  REQUIRE_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/fifo";
  REQUIRE_EQ(mkfifo(path.c_str(), 0600), 0);
  {
    AsyncFd reader(open(path.c_str(), O_RDONLY | O_NONBLOCK), Flow::stream, "fifo");
    int writer = open(path.c_str(), O_WRONLY);
    REQUIRE_GE(writer, 0);
    close(writer);
    look();
    char buffer[8];
    CHECK_EQ(Polled(reader.read(buffer)).poll(), 0);
    writer = open(path.c_str(), O_WRONLY);
    Polled read(reader.read(buffer));
    CHECK_FALSE(read.poll());
    const int before = calls;
    look();
    CHECK_FALSE(read.poll());
    CHECK_LE(calls - before, 1);
    REQUIRE_EQ(syscall(SYS_write, writer, "tea", 3), 3);
    CHECK(look());
    CHECK_EQ(read.poll(), 3);
    close(writer);
  }
  unlink(path.c_str());
  rmdir(folder);
}

// --- in tasks -----------------------------------------------------------------------------------------------------

Task<> write_all(AsyncFd fd, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 % 251);
  std::string_view left = bytes;
  while (!left.empty()) {
    const std::size_t count = co_await fd.write(left);
    left.remove_prefix(count);
  }
}

Task<std::size_t> read_all(AsyncFd& fd, std::size_t piece) {
  std::string buffer(piece, '\0');
  std::size_t all = 0;
  while (const std::size_t count = co_await fd.read(buffer)) {
    for (std::size_t i = 0; i < count; ++i) {
      if (buffer[i] != static_cast<char>((all + i) * 7 % 251)) co_return std::size_t{0};
    }
    all += count;
  }
  co_return all;
}

Task<std::size_t> through(kettle::Pipe pipe, std::size_t size, std::size_t piece) {
  auto writer = kettle::spawn(write_all(std::move(pipe.writer), size));
  const std::size_t all = co_await read_all(pipe.reader, piece);
  co_await writer;
  co_return all;
}

TEST_CASE("a megabyte from task to task, whole and in order, in no virtual time") {
  const kettle::VirtualTime time;
  for (const std::size_t piece : {std::size_t{100}, std::size_t{4096}, std::size_t{1} << 20}) {
    CHECK_EQ(kettle::block_on(through(kettle::make_pipe(), 1'000'000, piece)), 1'000'000);
  }
  CHECK_EQ(kettle::Clock::now(), kettle::Instant());
}

TEST_CASE("a megabyte from thread to thread") {
  int ends[2];
  REQUIRE_EQ(pipe(ends), 0);
  std::thread other([end = ends[1]] { kettle::block_on(write_all(AsyncFd(end), 1'000'000)); });
  AsyncFd reader(ends[0]);
  CHECK_EQ(kettle::block_on(read_all(reader, 5000)), 1'000'000);
  other.join();
}

}  // namespace
