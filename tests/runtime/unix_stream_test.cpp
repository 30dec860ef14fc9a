// The promises of runtime/kettle/unix_stream.hpp.
#include "kettle/unix_stream.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "calling_waker.hpp"
#include "futures.hpp"
#include "kettle/block_on.hpp"
#include "net.hpp"

namespace {

using kettle::block_on;
using kettle::Task;
using kettle::UnixListener;
using kettle::UnixStream;
using story::CountingWaker;
using story::quiet_poll;
using namespace std::chrono_literals;

static_assert(kettle::Future<UnixListener::Accept>);

// The name of a file that is not there, before and after the test.
class Path {
 public:
  Path() : text_("/tmp/kettle-test-" + std::to_string(getpid())) { ::unlink(text_.c_str()); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;
  ~Path() { ::unlink(text_.c_str()); }
  const std::string& text() const noexcept { return text_; }
  bool is_there() const noexcept {
    struct stat facts{};
    return stat(text_.c_str(), &facts) == 0;
  }

 private:
  std::string text_;
};

UnixStream accept_one(UnixListener& listener) {
  auto accept = listener.accept();
  return net::finish(accept);
}

doctest::String text(const std::string& expected) { return expected.c_str(); }

TEST_CASE("two ends of a pair hear each other") {
  auto [one, other] = UnixStream::pair();
  for (const auto& [from, to] : {std::pair(&one, &other), std::pair(&other, &one)}) {
    auto write = from->write_all("hello");
    CountingWaker task;
    CHECK(quiet_poll(write, task).is_ready());
    char buffer[5];
    auto read = to->read_exact(buffer);
    net::finish(read);
    CHECK_EQ(std::string_view(buffer, 5), "hello");
  }
  CHECK_EQ(one.name(), "pair");
}

TEST_CASE("listen at a path, connect to it, and talk") {
  const Path path;
  UnixListener listener = UnixListener::bind(path.text());
  UnixStream client = block_on(UnixStream::connect(path.text()));
  UnixStream server = accept_one(listener);
  CHECK_EQ(client.name(), path.text());
  CHECK_EQ(server.name(), path.text());
  auto write = client.write_all("through a file");
  net::finish(write);
  char buffer[14];
  auto read = server.read_exact(buffer);
  net::finish(read);
  CHECK_EQ(std::string_view(buffer, 14), "through a file");
}

TEST_CASE("accept waits, is woken once, and loses nobody when it is dropped") {
  const Path path;
  UnixListener listener = UnixListener::bind(path.text());
  CountingWaker task;
  std::optional<UnixStream> client;
  {
    auto accept = listener.accept();
    CHECK(quiet_poll(accept, task).is_pending());
    net::hear_news();
    CHECK_EQ(task.wakes(), 0);
    client.emplace(block_on(UnixStream::connect(path.text())));
    net::hear_news();
    CHECK_EQ(task.wakes(), 1);
  }
  CHECK_FALSE(task.is_held());
  auto accept = listener.accept();
  CHECK(quiet_poll(accept, task).is_ready());
}

TEST_CASE("the file stays when the listener goes, and nobody listens there any more") {
  const Path path;
  {
    const UnixListener listener = UnixListener::bind(path.text());
    CHECK(path.is_there());
  }
  CHECK(path.is_there());
  CHECK_THROWS_WITH_AS(block_on(UnixStream::connect(path.text())),
                       text("connect to " + path.text() + ": Connection refused"), std::system_error);
  CHECK_THROWS_WITH_AS(UnixListener::bind(path.text()), text("bind to " + path.text() + ": Address already in use"),
                       std::system_error);
}

TEST_CASE("where no file is, and where none can be") {
  const Path path;
  const std::size_t before = net::open_descriptors();
  CHECK_THROWS_WITH(block_on(UnixStream::connect(path.text())),
                    text("connect to " + path.text() + ": No such file or directory"));
  const std::string nowhere = path.text() + "/in/a/folder";
  CHECK_THROWS_WITH(UnixListener::bind(nowhere), text("bind to " + nowhere + ": No such file or directory"));
  CHECK_EQ(net::open_descriptors(), before);
}

TEST_CASE("a path that is too long, empty, or has a zero in it, is refused") {
  const std::string longest =
      "/tmp/" + std::string(102, 'x');  // 107 and a zero at the end: what the system has room for.
  const std::string too_long = longest + 'x';
  CHECK_THROWS_WITH(UnixListener::bind(too_long), text("bind to " + too_long + ": File name too long"));
  CHECK_THROWS_WITH(block_on(UnixStream::connect(too_long)), text("connect to " + too_long + ": File name too long"));
  CHECK_THROWS_WITH(UnixListener::bind(""), "bind to '': Invalid argument");
  CHECK_THROWS_AS(block_on(UnixStream::connect(std::string("/tmp/a\0b", 8))), std::system_error);
  ::unlink(longest.c_str());
  {
    UnixListener listener = UnixListener::bind(longest);
    CHECK_EQ(block_on(UnixStream::connect(longest)).name(), longest);
  }
  ::unlink(longest.c_str());
}

TEST_CASE("connect pauses while the queue is full, and goes on when there is room") {
  const kettle::VirtualTime time;
  const Path path;
  UnixListener listener = UnixListener::bind(path.text(), 0);
  std::vector<UnixStream> clients;
  clients.push_back(block_on(UnixStream::connect(path.text())));
  Task<UnixStream> connecting = UnixStream::connect(path.text());
  CountingWaker task;
  for (int i = 0; i < 3; ++i) {
    CHECK(quiet_poll(connecting, task).is_pending());
    CHECK_NE(kettle::TimerQueue::current().next_deadline(), kettle::never);
    kettle::Clock::advance_to(kettle::TimerQueue::current().next_deadline());
    kettle::TimerQueue::current().fire_due(kettle::Clock::now());
    CHECK(task.is_woken());
  }
  const UnixStream first = accept_one(listener);
  CHECK(quiet_poll(connecting, task).is_ready());
  CHECK_EQ(kettle::TimerQueue::current().next_deadline(), kettle::never);
}

TEST_CASE("connect that is dropped while it pauses leaves nothing") {
  const kettle::VirtualTime time;
  const Path path;
  const UnixListener listener = UnixListener::bind(path.text(), 0);
  const UnixStream first = block_on(UnixStream::connect(path.text()));
  const std::size_t before = net::open_descriptors();
  CountingWaker task;
  {
    Task<UnixStream> connecting = UnixStream::connect(path.text());
    CHECK(quiet_poll(connecting, task).is_pending());
    CHECK_EQ(net::open_descriptors(), before + 1);
  }
  CHECK_EQ(net::open_descriptors(), before);
  CHECK_FALSE(task.is_held());
  CHECK_EQ(kettle::TimerQueue::current().next_deadline(), kettle::never);
}

}  // namespace
