// The promises of kettle/reactor.hpp: who is woken by which news, what is remembered, and what ends a thread's sleep.
#include <kettle/async_fd.hpp>
#include <kettle/block_on.hpp>
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/notify.hpp>
#include <kettle/reactor.hpp>
#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/time.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "futures.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::AsyncFd;
using kettle::Clock;
using kettle::Direction;
using kettle::Instant;
using kettle::IoSource;
using kettle::Misuse;
using kettle::Reactor;
using kettle::Task;
using story::CountingWaker;

// Two connected sockets that do not block.
class Sockets {
 public:
  Sockets() {
    REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    for (const int end : ends) fcntl(end, F_SETFL, O_NONBLOCK);
  }
  ~Sockets() {
    close(ends[0]);
    if (ends[1] >= 0) close(ends[1]);
  }
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  void send() const { REQUIRE_EQ(write(ends[1], "!", 1), 1); }
  void take() const {
    char byte = 0;
    REQUIRE_EQ(read(ends[0], &byte, 1), 1);
  }
  void fill() const {
    const std::string much(65536, '!');
    while (write(ends[0], much.data(), much.size()) > 0) {
    }
  }
  void make_room() const {
    std::string much(65536, '\0');
    while (read(ends[1], much.data(), much.size()) > 0) {
    }
  }
  int ends[2];
};

// Whom the news wakes that there is now. True when somebody was.
bool look() {
  kettle::Parker parker;
  return Reactor::current().park(parker, kettle::no_wait);
}

// A task that does something when it is woken.
class Acting {
 public:
  explicit Acting(std::function<void()> act) : header_(new Header(std::move(act))), waker_(*header_) {
    header_->release();
  }
  Acting(const Acting&) = delete;
  Acting& operator=(const Acting&) = delete;
  const kettle::Waker& waker() const { return waker_; }

 private:
  struct Header final : kettle::Wakeable {
    explicit Header(std::function<void()> a) : act(std::move(a)) {}
    void schedule() noexcept override { act(); }
    std::function<void()> act;
  };
  Header* header_;
  kettle::Waker waker_;
};

// A source with something that waits for it in either direction.
struct Source : IoSource {
  explicit Source(int fd, bool is_writable = true) : IoSource(fd, "a source", is_writable) {}
  void wait_to_read(const kettle::Waker& waker) { wait(Direction::read, reader, waker); }
  void wait_to_write(const kettle::Waker& waker) { wait(Direction::write, writer, waker); }
  kettle::IoWaiter reader{*this};
  kettle::IoWaiter writer{*this};
};

TEST_CASE("news wakes who waits in its direction, and nobody else") {
  const Sockets sockets;
  const Sockets others;
  sockets.fill();
  Source source(sockets.ends[0], false);
  Source other(others.ends[0], false);
  CountingWaker reads;
  CountingWaker writes;
  CountingWaker elsewhere;
  source.wait_to_read(reads.waker());
  source.wait_to_write(writes.waker());
  other.wait_to_read(elsewhere.waker());
  CHECK_FALSE(look());
  sockets.send();
  CHECK(look());
  CHECK_EQ(reads.wakes(), 1);
  CHECK_EQ(writes.wakes(), 0);
  sockets.make_room();
  CHECK(look());
  CHECK_EQ(reads.wakes(), 1);
  CHECK_EQ(writes.wakes(), 1);
  CHECK_EQ(elsewhere.wakes(), 0);
  CHECK_FALSE(reads.is_held());
  CHECK_FALSE(writes.is_held());
  CHECK(elsewhere.is_held());
}

TEST_CASE("both directions in one piece of news: both are woken") {
  Sockets sockets;
  sockets.fill();
  Source source(sockets.ends[0], false);
  CountingWaker reads;
  CountingWaker writes;
  source.wait_to_read(reads.waker());
  source.wait_to_write(writes.waker());
  close(std::exchange(sockets.ends[1], -1));
  CHECK(look());
  CHECK_EQ(reads.wakes(), 1);
  CHECK_EQ(writes.wakes(), 1);
}

TEST_CASE("news that nobody waits for is remembered, and wakes nobody") {
  const Sockets sockets;
  Source source(sockets.ends[0]);
  CHECK_FALSE(source.side(Direction::read).is_ready);
  CHECK(source.side(Direction::write).is_ready);
  sockets.send();
  CHECK_FALSE(look());
  CHECK(source.side(Direction::read).is_ready);
  CHECK_FALSE(source.side(Direction::read).is_closed);
  source.side(Direction::read).is_ready = false;
  CHECK_FALSE(look());
  CHECK_FALSE(source.side(Direction::read).is_ready);  // The byte is still there, and no news.
}

TEST_CASE("the end is remembered for good, in the direction that it ends") {
  Sockets sockets;
  Source source(sockets.ends[0]);
  look();
  shutdown(sockets.ends[1], SHUT_WR);
  look();
  CHECK(source.side(Direction::read).is_closed);
  CHECK_FALSE(source.side(Direction::write).is_closed);
  close(std::exchange(sockets.ends[1], -1));
  look();
  CHECK(source.side(Direction::write).is_closed);
}

TEST_CASE("the waker of the last wait counts, and who leaves is woken no more") {
  const Sockets sockets;
  Source source(sockets.ends[0]);
  CountingWaker first;
  CountingWaker second;
  source.wait_to_read(first.waker());
  source.wait_to_read(second.waker());
  CHECK_FALSE(first.is_held());
  sockets.send();
  CHECK(look());
  CHECK_EQ(first.wakes(), 0);
  CHECK_EQ(second.wakes(), 1);

  source.wait_to_read(first.waker());
  source.leave(Direction::write);  // Nobody waits there: nothing happens.
  CHECK(first.is_held());
  source.leave(Direction::read);
  CHECK_FALSE(first.is_held());
  sockets.send();
  CHECK_FALSE(look());
  CHECK_EQ(first.wakes(), 0);
}

TEST_CASE("the reactor has work ahead as long as somebody waits") {
  const Sockets sockets;
  const Reactor& reactor = Reactor::current();
  CountingWaker task;
  CHECK_FALSE(reactor.has_work_ahead());
  {
    Source source(sockets.ends[0]);
    CHECK_FALSE(reactor.has_work_ahead());
    source.wait_to_read(task.waker());
    source.wait_to_write(task.waker());
    source.leave(Direction::write);
    CHECK(reactor.has_work_ahead());
    sockets.send();
    look();
    CHECK_FALSE(reactor.has_work_ahead());
    source.wait_to_read(task.waker());
    CHECK(reactor.has_work_ahead());
  }
  CHECK_FALSE(reactor.has_work_ahead());
  CHECK_FALSE(task.is_held());
}

TEST_CASE("two futures wait in one direction: Misuse, and the first still waits") {
  const Sockets sockets;
  Source source(sockets.ends[0]);
  CountingWaker first;
  CountingWaker second;
  source.wait_to_read(first.waker());
  CHECK_THROWS_AS(source.wait(Direction::read, source.writer, second.waker()), Misuse);
  sockets.send();
  CHECK(look());
  CHECK_EQ(first.wakes(), 1);
}

TEST_CASE("what is woken may destroy sources, its own and others that there is news of, and make new ones") {
  const Sockets sockets[3];
  std::unique_ptr<Source> sources[3];
  std::unique_ptr<Source> late;
  const Sockets more;
  std::vector<std::unique_ptr<Acting>> tasks;
  int woken = 0;
  for (int i = 0; i < 3; ++i) {
    sources[i] = std::make_unique<Source>(sockets[i].ends[0]);
    tasks.push_back(std::make_unique<Acting>([&] {
      if (++woken != 1) return;  // Whose source goes while it waits is woken, too, and once.
      for (auto& source : sources) source.reset();
      late = std::make_unique<Source>(more.ends[0]);
    }));
    sources[i]->wait_to_read(tasks.back()->waker());
    sockets[i].send();
  }
  CHECK(look());
  CHECK_EQ(woken, 3);
  CHECK_FALSE(Reactor::current().has_work_ahead());
  CountingWaker task;
  late->wait_to_read(task.waker());
  more.send();
  CHECK(look());
  CHECK_EQ(task.wakes(), 1);
}

TEST_CASE("what is woken may wait again, for the next news") {
  const Sockets sockets;
  Source source(sockets.ends[0]);
  CountingWaker second;
  const Acting first([&] { source.wait_to_read(second.waker()); });
  source.wait_to_read(first.waker());
  sockets.send();
  CHECK(look());
  CHECK_EQ(second.wakes(), 0);
  sockets.send();
  CHECK(look());
  CHECK_EQ(second.wakes(), 1);
}

TEST_CASE("more news than one look takes: nobody is forgotten") {
  constexpr int many = 300;
  std::vector<std::unique_ptr<Sockets>> sockets;
  std::vector<std::unique_ptr<Source>> sources;
  std::vector<std::unique_ptr<CountingWaker>> tasks;
  for (int i = 0; i < many; ++i) {
    sockets.push_back(std::make_unique<Sockets>());
    sources.push_back(std::make_unique<Source>(sockets.back()->ends[0]));
    tasks.push_back(std::make_unique<CountingWaker>());
    sources.back()->wait_to_read(tasks.back()->waker());
    sockets.back()->send();
  }
  while (look()) {
  }
  for (const auto& task : tasks) CHECK_EQ(task->wakes(), 1);
}

TEST_CASE("one reactor a thread; another thread's descriptor is Misuse, also when that thread has ended") {
  const Sockets sockets;
  std::unique_ptr<Source> source;
  const Reactor* const ours = &Reactor::current();
  CountingWaker task;
  std::thread([&] {
    CHECK_NE(&Reactor::current(), ours);
    source = std::make_unique<Source>(sockets.ends[0]);
    source->wait_to_read(task.waker());
    std::thread([&] { CHECK_THROWS_AS(source->wait_to_write(task.waker()), Misuse); }).join();
  }).join();
  sockets.send();
  CHECK_FALSE(look());
  CHECK_EQ(task.wakes(), 0);
  CHECK_THROWS_AS(source->wait_to_write(task.waker()), Misuse);
  // The next thread's reactor may well stand where the old one stood: it is another one all the same.
  std::thread([&] { CHECK_THROWS_AS(source->wait_to_write(task.waker()), Misuse); }).join();
  source->leave(Direction::read);
  CHECK_FALSE(task.is_held());
  source.reset();
  CHECK_FALSE(Reactor::current().has_work_ahead());
}

TEST_CASE("a thread may end with sources that are gone, and begin without any") {
  for (int i = 0; i < 10; ++i) {
    std::thread([] {
      auto pipe = kettle::make_pipe();
      CHECK_FALSE(look());
    }).join();
    std::thread([] { CHECK_EQ(kettle::park_stack(), nullptr); }).join();
  }
}

TEST_CASE("SIGPIPE is ignored, unless the program has its own answer to it") {
  Reactor::current();
  struct sigaction now{};
  sigaction(SIGPIPE, nullptr, &now);
  const bool is_ignored = now.sa_handler == SIG_IGN;
  CHECK(is_ignored);
  void (*const own)(int) = [](int) {};
  std::signal(SIGPIPE, own);
  std::thread([] { Reactor::current(); }).join();
  sigaction(SIGPIPE, nullptr, &now);
  const bool is_own = now.sa_handler == own;
  CHECK(is_own);
  std::signal(SIGPIPE, SIG_IGN);
}

TEST_CASE("a call that came before the sleep is kept, and the next sleep is a sleep again") {
  Reactor& reactor = Reactor::current();
  kettle::Parker parker;
  parker.unpark();
  CHECK_FALSE(reactor.park(parker, kettle::never));
  for (int i = 0; i < 3; ++i) {
    const Instant deadline = Clock::now() + 1ms;
    CHECK_FALSE(reactor.park(parker, deadline));
    CHECK(Clock::now() >= deadline);
  }
  parker.unpark();
  CHECK_FALSE(reactor.park(parker, kettle::never));
}

// --- the sleep of a thread ----------------------------------------------------------------------------------------

Task<std::size_t> read_one(AsyncFd& fd) {
  char buffer[16];
  const std::size_t count = co_await fd.read(buffer);
  co_return count;
}

TEST_CASE("a descriptor ends the sleep of block_on") {
  auto pipe = kettle::make_pipe();
  for (int round = 0; round < 200; ++round) {
    std::thread other([&] { CHECK_EQ(write(pipe.writer.fd(), "tea", 3), 3); });
    CHECK_EQ(kettle::block_on(read_one(pipe.reader)), 3);
    other.join();
  }
}

TEST_CASE("another thread's wake-up ends the sleep in the reactor, of a spawned task and of the main one") {
  auto pipe = kettle::make_pipe();
  for (int round = 0; round < 200; ++round) {
    auto [sender, receiver] = kettle::mpsc::channel<int>(1);
    std::thread other([&sender] { CHECK(sender.try_send(7).has_value()); });
    struct Tasks {
      static Task<int> one(kettle::mpsc::Receiver<int> channel) {
        const auto value = co_await channel.recv();
        co_return value.value_or(0);
      }
      static Task<int> beside(AsyncFd& never, kettle::mpsc::Receiver<int> channel, bool spawned) {
        // Somebody waits for a descriptor meanwhile, so that the thread sleeps in the reactor.
        auto reads = kettle::spawn(read_one(never));
        if (!spawned) co_return co_await one(std::move(channel));
        auto joined = kettle::spawn(one(std::move(channel)));
        co_return co_await joined;
      }
    };
    CHECK_EQ(kettle::block_on(Tasks::beside(pipe.reader, std::move(receiver), round % 2 == 0)), 7);
    other.join();
  }
}

TEST_CASE("a timer ends the sleep in the reactor, and not too early") {
  auto pipe = kettle::make_pipe();
  struct Tasks {
    static Task<> nap(AsyncFd& never) {
      auto reads = kettle::spawn(read_one(never));
      co_await kettle::sleep(1ms);
    }
  };
  const Instant start = Clock::now();
  kettle::block_on(Tasks::nap(pipe.reader));
  CHECK(Clock::now() - start >= 1ms);
}

TEST_CASE("a deadlock is still found when nobody waits for a descriptor") {
  auto pipe = kettle::make_pipe();
  kettle::Notify notify;
  struct Tasks {
    static Task<> wait(kettle::Notify& notify) { co_await notify.notified(); }
    static Task<> both(kettle::Notify& notify) {
      auto other = kettle::spawn(wait(notify));
      co_await other;
    }
  };
  CHECK_THROWS_AS(kettle::block_on(Tasks::both(notify)), kettle::Stuck);
}

TEST_CASE("tasks that are always ready do not keep a descriptor from its turn") {
  auto pipe = kettle::make_pipe();
  REQUIRE_EQ(write(pipe.writer.fd(), "tea", 3), 3);
  struct Tasks {
    static Task<> spin(const bool& done, int& turns) {
      while (!done) {
        ++turns;
        co_await kettle::yield_now();
      }
    }
    static Task<> reads(AsyncFd& fd, bool& done) {
      const std::size_t count = co_await read_one(fd);
      CHECK_EQ(count, 3);
      done = true;
    }
    static Task<int> race(AsyncFd& fd) {
      bool done = false;
      int turns = 0;
      auto spinner = kettle::spawn(spin(done, turns));
      auto other = kettle::spawn(reads(fd, done));
      co_await other;
      co_await spinner;
      co_return turns;
    }
  };
  CHECK_LE(kettle::block_on(Tasks::race(pipe.reader)), 200);
}

Task<> write_and_keep_busy(AsyncFd& writer) {
  co_await writer.write("tea");
  Clock::block_for(2s);
}

Task<std::size_t> read_within(AsyncFd& reader, kettle::Duration limit) {
  char buffer[8];
  auto first = co_await kettle::select_biased(reader.read(buffer), kettle::sleep(limit));
  co_return first.index();
}

Task<std::size_t> in_time(AsyncFd& reader, AsyncFd& writer) {
  auto writing = kettle::spawn(write_and_keep_busy(writer));
  Task<std::size_t> reading = read_within(reader, 1s);
  const std::size_t first = co_await reading;
  co_return first;
}

TEST_CASE("bytes that came in time are read, though the limit was over before the thread could look") {
  const kettle::VirtualTime time;
  auto [reader, writer] = kettle::make_pipe();
  CHECK(kettle::block_on(in_time(reader, writer)) == 0);
}

TEST_CASE("the virtual clock looks at descriptors first, and jumps only when that wakes nobody") {
  const kettle::VirtualTime time;
  auto pipe = kettle::make_pipe();
  struct Tasks {
    static Task<> writes(AsyncFd& fd) {
      for (int i = 0; i < 3; ++i) {
        co_await fd.write("tea");
        co_await kettle::sleep(1h);
      }
    }
    static Task<> reads(AsyncFd& fd, std::vector<Instant>& when) {
      for (int i = 0; i < 3; ++i) {
        co_await read_one(fd);
        when.push_back(Clock::now());
      }
    }
    static Task<> both(kettle::Pipe& pipe, std::vector<Instant>& when) {
      auto writer = kettle::spawn(writes(pipe.writer));
      auto reader = kettle::spawn(reads(pipe.reader, when));
      co_await reader;
      co_await writer;
    }
  };
  std::vector<Instant> when;
  kettle::block_on(Tasks::both(pipe, when));
  CHECK_EQ(when, std::vector<Instant>{Instant(0h), Instant(1h), Instant(2h)});
  CHECK_EQ(Clock::now(), Instant(3h));
}

TEST_CASE("under the virtual clock, with no timer, the thread really waits for a descriptor") {
  const kettle::VirtualTime time;
  auto pipe = kettle::make_pipe();
  std::thread other([&] { CHECK_EQ(write(pipe.writer.fd(), "tea", 3), 3); });
  CHECK_EQ(kettle::block_on(read_one(pipe.reader)), 3);
  other.join();
}

}  // namespace
