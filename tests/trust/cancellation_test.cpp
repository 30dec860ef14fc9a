// Cancellation, for every future of the runtime: destroyed before its first poll, after some polls, after it was woken
// and before it could look, after it was ready, and with the runtime that ran it. Afterwards nothing is leaked, nothing
// is lost, and whoever stood behind it gets what it left.
//
// The table is at the end of the scenes; tests/course/test_trust.py fails if a future of the runtime is not in it.
#include <kettle/async_fd.hpp>
#include <kettle/barrier.hpp>
#include <kettle/buf_reader.hpp>
#include <kettle/channel.hpp>
#include <kettle/join.hpp>
#include <kettle/join_all.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/lookup_host.hpp>
#include <kettle/mutex.hpp>
#include <kettle/notify.hpp>
#include <kettle/rw_lock.hpp>
#include <kettle/select.hpp>
#include <kettle/signal.hpp>
#include <kettle/task.hpp>
#include <kettle/tcp_listener.hpp>
#include <kettle/timeout.hpp>
#include <kettle/udp_socket.hpp>
#include <kettle/unix_stream.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "futures.hpp"
#include "net.hpp"
#include "slow_names.hpp"

namespace {

using kettle::Clock;
using kettle::Context;
using kettle::Executor;
using kettle::Poll;
using kettle::Ready;
using kettle::Waker;
using namespace std::chrono_literals;

bool sendto_has_no_room = false;

// A value that is counted while it lives.
class Tracked {
 public:
  explicit Tracked(int number = 0) noexcept : number_(number) { ++live; }
  Tracked(const Tracked& other) noexcept : number_(other.number_) { ++live; }
  Tracked(Tracked&& other) noexcept : number_(other.number_) { ++live; }
  Tracked& operator=(const Tracked&) noexcept = default;
  Tracked& operator=(Tracked&&) noexcept = default;
  ~Tracked() { --live; }
  int number() const noexcept { return number_; }

  static inline int live = 0;

 private:
  int number_;
};

// Something to wait for that is not of the runtime: Pending until it is opened.
class Gate {
 public:
  class Pass {
   public:
    using Output = void;
    explicit Pass(Gate& gate) noexcept : gate_(gate) {}
    Pass(Pass&& other) noexcept : gate_(other.gate_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() { gate_.waiting_.erase(this); }
    Poll<> poll(Context& context) {
      if (gate_.is_open_) return Ready();
      gate_.waiting_.insert_or_assign(this, context.waker());
      return kettle::pending;
    }

   private:
    Gate& gate_;
  };

  Pass pass() noexcept { return Pass(*this); }
  void open() {
    is_open_ = true;
    for (const auto& [pass, waker] : std::exchange(waiting_, {})) waker.wake();
  }
  std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  bool is_open_ = false;
  std::map<const Pass*, Waker> waiting_;
};

// A future that is polled by hand, with a task of its own.
template <class F>
class Polled {
 public:
  explicit Polled(F future) : future_(std::move(future)) {}
  Poll<typename F::Output> poll() {
    task_.clear();
    Context context(task_.waker());
    return future_.poll(context);
  }
  bool is_woken() const noexcept { return task_.is_woken(); }
  F& future() noexcept { return future_; }

 private:
  story::CountingWaker task_;
  F future_;
};

// --- the scenes -------------------------------------------------------------------------------------------------
//
// A scene is a small world with a future in it that is Pending:
//
//   make()      makes the future: several times, unless the scene is for one alone
//   crowd()     lets others stand behind it, once it was polled
//   event()     makes what it waits for happen; does nothing the second time
//   settle()    lets the executor do what is needed for that
//   finish()    does what else is needed for the future to be ready
//   intact()    checks, when the future is gone, that the world is whole. `happened`: event() was called;
//               `finished`: the future was Ready, and its value is gone too
//
// A scene is named after its future's class; where there are several, the rest of the name comes after an underline.

struct Scene {
  static constexpr int pendings = 3;        // So often the future is Pending without an event.
  static constexpr bool is_alone = false;   // One such future at a time.
  static constexpr bool is_lasting = true;  // Who comes after the event is ready at once.
  void crowd() {}
  void settle() {}
  void finish() {}
  kettle::VirtualTime time;
  bool happened = false;
  bool finished = false;
};

// The room of a semaphore with one permit, which somebody has; others stand in line for it.
struct SemaphoreScene : Scene {
  void crowd() {
    behind.emplace(semaphore.acquire());
    CHECK(behind->poll().is_pending());
  }
  void event() {
    happened = true;
    held.reset();
  }
  void intact() {
    if (behind) {
      CHECK_EQ(behind->is_woken(), happened);
      held.reset();
      auto next = behind->poll();
      REQUIRE(next.is_ready());
      CHECK_EQ(semaphore.available_permits(), 0);
    }
    held.reset();
    behind.reset();
    CHECK_EQ(semaphore.available_permits(), 1);
    CHECK(semaphore.try_acquire().has_value());
  }

  kettle::Semaphore semaphore{1};
  std::optional<kettle::SemaphorePermit> held = semaphore.try_acquire();
  std::optional<Polled<kettle::Acquire>> behind;
};

namespace of {

struct Task : Scene {
  static kettle::Task<Tracked> inner(Gate& gate, Tracked value) {
    const Tracked local(2);
    co_await gate.pass();
    co_return value;
  }
  static kettle::Task<int> outer(Gate& gate) {
    const Tracked local(3);
    const Tracked value = co_await inner(gate, Tracked(4));
    co_return value.number() + local.number();
  }
  kettle::Task<int> make() { return outer(gate); }
  void event() {
    happened = true;
    gate.open();
  }
  void intact() { CHECK_EQ(gate.waiting(), 0); }
  Gate gate;
};

struct Call : Scene {
  using Function = kettle::Task<Tracked> (*)(Gate&, Tracked);
  kettle::Call<Function, std::reference_wrapper<Gate>, Tracked> make() {
    return kettle::Call<Function, std::reference_wrapper<Gate>, Tracked>(&Task::inner, gate, Tracked(5));
  }
  void event() {
    happened = true;
    gate.open();
  }
  void intact() { CHECK_EQ(gate.waiting(), 0); }
  Gate gate;
};

struct Sleep : Scene {
  kettle::Sleep make() { return kettle::sleep_until(kettle::Instant(1s)); }
  void event() {
    happened = true;
    Clock::advance_to(kettle::Instant(1s));
    kettle::TimerQueue::current().fire_due(Clock::now());
  }
  void intact() { CHECK_EQ(kettle::TimerQueue::current().next_deadline(), kettle::never); }
};

struct Tick : Scene {
  static constexpr bool is_alone = true;
  Tick() { CHECK_EQ(Polled(interval.tick()).poll().value(), kettle::Instant(0s)); }
  kettle::Interval::Tick make() { return interval.tick(); }
  void event() {
    happened = true;
    Clock::advance_to(kettle::Instant(1s));
    kettle::TimerQueue::current().fire_due(Clock::now());
  }
  void intact() {
    CHECK_EQ(kettle::TimerQueue::current().next_deadline(), kettle::never);
    event();
    Polled tick(interval.tick());
    if (finished) {
      CHECK(tick.poll().is_pending());
    } else {
      CHECK_EQ(tick.poll().value(), kettle::Instant(1s));
    }
  }
  kettle::Interval interval{1s};
};

struct Yield : Scene {
  static constexpr int pendings = 1;
  kettle::Yield make() { return kettle::yield_now(); }
  void event() { happened = true; }
  void intact() {}
};

// The task that is joined goes on without its handle.
struct JoinHandle : Scene {
  static constexpr bool is_alone = true;
  static kettle::Task<Tracked> joined(JoinHandle& scene) {
    const Tracked local(1);
    co_await scene.gate.pass();
    scene.ran_to_end = true;
    co_return Tracked(6);
  }
  kettle::JoinHandle<Tracked> make() {
    is_made = true;
    auto handle = kettle::spawn("joined", joined(*this));
    settle();  // From here on it waits at the gate.
    return handle;
  }
  void event() {
    happened = true;
    gate.open();
  }
  void settle() { Executor::current().run_ready(); }
  void intact() {
    if (kettle::Root::current() != nullptr && is_made) {
      event();
      settle();
      CHECK(ran_to_end);
    }
    CHECK_EQ(gate.waiting(), 0);
  }
  Gate gate;
  bool is_made = false;
  bool ran_to_end = false;
};

// A full channel: the senders wait for room.
struct FullChannel : Scene {
  FullChannel() { CHECK(ends.first.try_send(Tracked(1)).has_value()); }
  void event() {
    if (!std::exchange(happened, true)) CHECK_EQ(ends.second.try_recv()->number(), 1);
  }
  void empty() { CHECK_EQ(ends.second.try_recv().error(), kettle::mpsc::TryRecvError::empty); }
  // One value goes in, and no second one.
  void has_room_for_one() {
    CHECK_EQ(ends.second.len(), 0);
    CHECK(ends.first.try_send(Tracked(7)).has_value());
    CHECK_FALSE(ends.first.try_send(Tracked(8)).has_value());
    CHECK_EQ(ends.second.try_recv()->number(), 7);
  }

  std::pair<kettle::mpsc::Sender<Tracked>, kettle::mpsc::Receiver<Tracked>> ends = kettle::mpsc::channel<Tracked>(1);
};

struct Reserve : FullChannel {
  kettle::mpsc::Reserve<Tracked> make() { return ends.first.reserve(); }
  void crowd() {
    behind.emplace(ends.first.reserve());
    CHECK(behind->poll().is_pending());
  }
  void intact() {
    if (behind) {
      CHECK_EQ(behind->is_woken(), happened);
      event();
      auto reserved = behind->poll();
      REQUIRE(reserved.is_ready());
      CHECK(reserved.take()->send(Tracked(9)).has_value());
      CHECK_EQ(ends.second.try_recv()->number(), 9);
    }
    event();
    has_room_for_one();
  }
  std::optional<Polled<kettle::mpsc::Reserve<Tracked>>> behind;
};

struct Send : FullChannel {
  kettle::mpsc::Send<Tracked> make() { return ends.first.send(Tracked(2)); }
  void crowd() {
    behind.emplace(ends.first.send(Tracked(3)));
    CHECK(behind->poll().is_pending());
  }
  void intact() {
    if (behind) CHECK_EQ(behind->is_woken(), happened && !finished);
    if (finished) CHECK_EQ(ends.second.try_recv()->number(), 2);
    event();
    if (behind) {
      CHECK(behind->is_woken());
      CHECK(behind->poll().take().has_value());
      CHECK_EQ(ends.second.try_recv()->number(), 3);
    }
    has_room_for_one();
  }
  std::optional<Polled<kettle::mpsc::Send<Tracked>>> behind;
};

struct Recv : Scene {
  static constexpr bool is_alone = true;
  kettle::mpsc::Recv<Tracked> make() { return ends.second.recv(); }
  void event() {
    if (!std::exchange(happened, true)) CHECK(ends.first.try_send(Tracked(1)).has_value());
  }
  void intact() {
    event();
    CHECK_EQ(ends.second.len(), finished ? 0 : 1);
    if (!finished) CHECK_EQ(Polled(ends.second.recv()).poll().take()->number(), 1);
    // The next value wakes whoever waits for it now.
    Polled next(ends.second.recv());
    CHECK(next.poll().is_pending());
    CHECK(ends.first.try_send(Tracked(2)).has_value());
    CHECK(next.is_woken());
    CHECK_EQ(next.poll().take()->number(), 2);
  }
  std::pair<kettle::mpsc::Sender<Tracked>, kettle::mpsc::Receiver<Tracked>> ends = kettle::mpsc::channel<Tracked>(2);
};

// The receiver waits for the end: the last sender goes.
struct Recv_end : Scene {
  static constexpr bool is_alone = true;
  kettle::mpsc::Recv<Tracked> make() { return ends.second.recv(); }
  void event() {
    happened = true;
    sender.reset();
  }
  void intact() {
    event();
    CHECK_FALSE(Polled(ends.second.recv()).poll().take().has_value());
  }
  std::pair<kettle::mpsc::Sender<Tracked>, kettle::mpsc::Receiver<Tracked>> ends = kettle::mpsc::channel<Tracked>(2);
  std::optional<kettle::mpsc::Sender<Tracked>> sender = std::move(ends.first);
};

struct Acquire : SemaphoreScene {
  kettle::Acquire make() { return semaphore.acquire(); }
};

// Two of three permits are wanted, and one is free; those behind want one, and may not overtake.
struct Acquire_many : Scene {
  kettle::Acquire make() { return semaphore.acquire(2); }
  void crowd() {
    for (int i = 0; i < 2; ++i) {
      behind.emplace_back(semaphore.acquire());
      CHECK(behind.back().poll().is_pending());
    }
  }
  void event() {
    happened = true;
    held.reset();
  }
  void intact() {
    if (!behind.empty()) {
      CHECK(behind[0].is_woken());
      CHECK_EQ(behind[1].is_woken(), happened);
    }
    event();
    for (auto& each : behind) {
      CHECK(each.is_woken());
      CHECK(each.poll().is_ready());
    }
    behind.clear();
    CHECK_EQ(semaphore.available_permits(), 3);
    CHECK(semaphore.try_acquire(3).has_value());
  }
  kettle::Semaphore semaphore{3};
  std::optional<kettle::SemaphorePermit> held = semaphore.try_acquire(2);
  std::deque<Polled<kettle::Acquire>> behind;
};

// The futures and the permits keep the semaphore.
struct Acquire_owned : Scene {
  kettle::Acquire make() { return kettle::Semaphore::acquire_owned(semaphore); }
  void event() {
    happened = true;
    held.reset();
  }
  void intact() {
    event();
    CHECK_EQ(semaphore->available_permits(), 1);
    CHECK_EQ(semaphore.use_count(), 1);
  }
  std::shared_ptr<kettle::Semaphore> semaphore = std::make_shared<kettle::Semaphore>(1);
  std::optional<kettle::SemaphorePermit> held = semaphore->try_acquire();
};

// The semaphore is closed while the future stands in line.
struct Acquire_closed : SemaphoreScene {
  kettle::Acquire make() { return semaphore.acquire(); }
  void event() {
    happened = true;
    semaphore.close();
  }
  void intact() {
    if (behind) {
      CHECK_EQ(behind->is_woken(), happened);
      event();
      CHECK_FALSE(behind->poll().take().has_value());
    }
    held.reset();
    CHECK_EQ(semaphore.available_permits(), 1);
  }
};

struct LockMutex : Scene {
  kettle::LockMutex<Tracked> make() { return mutex.lock(); }
  void crowd() {
    behind.emplace(mutex.lock());
    CHECK(behind->poll().is_pending());
  }
  void event() {
    happened = true;
    held.reset();
  }
  void intact() {
    if (behind) {
      CHECK_EQ(behind->is_woken(), happened);
      event();
      CHECK_EQ(behind->poll().take()->number(), 1);
    }
    event();
    CHECK(mutex.try_lock().has_value());
  }
  kettle::Mutex<Tracked> mutex{Tracked(1)};
  std::optional<kettle::MutexGuard<Tracked>> held = mutex.try_lock();
  std::optional<Polled<kettle::LockMutex<Tracked>>> behind;
};

struct RwLockScene : Scene {
  void crowd() {
    reader.emplace(lock.read());
    CHECK(reader->poll().is_pending());
  }
  // The reader in line gets in; then a writer, alone; then many readers.
  void all_get_in() {
    if (reader) CHECK_EQ(reader->poll().take()->number(), 1);
    {
      Polled alone(lock.write());
      const auto guard = alone.poll().take();
      CHECK(Polled(lock.read()).poll().is_pending());
    }
    const auto one = Polled(lock.read()).poll().take();
    CHECK(Polled(lock.read()).poll().is_ready());
  }
  kettle::RwLock<Tracked> lock{Tracked(1)};
  std::optional<Polled<kettle::LockRw<const Tracked>>> reader;
};

// Somebody reads; the writer waits; a reader who came later waits behind it, and gets in when it goes.
struct LockRw_write : RwLockScene {
  LockRw_write() { held.emplace(Polled(lock.read()).poll().take()); }
  kettle::LockRw<Tracked> make() { return lock.write(); }
  void event() {
    happened = true;
    held.reset();
  }
  void intact() {
    if (reader) CHECK(reader->is_woken());
    event();
    all_get_in();
  }
  std::optional<kettle::RwLockGuard<const Tracked>> held;
};

// Somebody writes; readers wait.
struct LockRw_read : RwLockScene {
  LockRw_read() { held.emplace(Polled(lock.write()).poll().take()); }
  kettle::LockRw<const Tracked> make() { return lock.read(); }
  void event() {
    happened = true;
    held.reset();
  }
  void intact() {
    if (reader) CHECK_EQ(reader->is_woken(), happened);
    event();
    all_get_in();
  }
  std::optional<kettle::RwLockGuard<Tracked>> held;
};

// Dropped with a notification that it did not use, it passes that on: to the next in line, or to the next to come.
struct Notified : Scene {
  kettle::Notified make() { return notify.notified(); }
  void crowd() {
    behind.emplace(notify.notified());
    CHECK(behind->poll().is_pending());
  }
  void event() {
    if (!std::exchange(happened, true)) notify.notify_one();
  }
  void intact() {
    if (behind) CHECK_EQ(behind->is_woken(), happened && !finished);
    if (finished) {
      CHECK(Polled(notify.notified()).poll().is_pending());
      notify.notify_one();
    }
    event();
    if (behind) {
      CHECK(behind->is_woken());
      CHECK(behind->poll().is_ready());
    } else {
      CHECK(Polled(notify.notified()).poll().is_ready());
    }
    CHECK(Polled(notify.notified()).poll().is_pending());
  }
  kettle::Notify notify;
  std::optional<Polled<kettle::Notified>> behind;
};

// It takes its arrival back, unless its group has been let go: then it leaves nothing behind for the next group.
struct BarrierWait : Scene {
  static constexpr bool is_lasting = false;
  kettle::BarrierWait make() { return barrier.wait(); }
  void event() {
    if (std::exchange(happened, true)) return;
    while (!arrive()) {
    }
    CHECK_FALSE(arrive());  // The first of the next group.
  }
  void intact() {
    arrived.clear();  // Whoever has not looked yet goes, and the first of the next group, too.
    for (int group = 0; group < 3; ++group) {
      for (int i = 1; i < size; ++i) CHECK_FALSE(arrive());
      CHECK(arrive());
      for (auto& each : arrived) CHECK_FALSE(each.poll().take());
      arrived.clear();
    }
  }
  // True for the last of a group.
  bool arrive() {
    auto& mine = arrived.emplace_back(barrier.wait());
    auto answer = mine.poll();
    if (answer.is_pending()) return false;
    CHECK(answer.value());
    arrived.pop_back();
    return true;
  }
  static constexpr int size = 5;
  kettle::Barrier barrier{size};
  std::deque<Polled<kettle::BarrierWait>> arrived;
};

// The same, with the next group standing in line already when the future is dropped, and let go after that.
struct BarrierWait_next_group : BarrierWait {
  void intact() {
    if (happened) {
      while (arrived.size() > 1) arrived.pop_front();  // The others of the first group; the next group's first stays.
      for (int i = 2; i < size; ++i) CHECK_FALSE(arrive());
      CHECK(arrive());
    }
    BarrierWait::intact();
  }
};

struct Join : SemaphoreScene {
  kettle::Join<kettle::Acquire, Gate::Pass> make() { return kettle::join(semaphore.acquire(), gate.pass()); }
  void finish() { gate.open(); }
  void intact() {
    CHECK_EQ(gate.waiting(), 0);
    SemaphoreScene::intact();
  }
  Gate gate;
};

// One child was ready and its value is kept: dropping the rest drops it, too.
struct Join_half : SemaphoreScene {
  kettle::Join<kettle::Acquire, Gate::Pass> make() { return kettle::join(free.acquire(), gate.pass()); }
  void event() {
    SemaphoreScene::event();
    gate.open();
  }
  void intact() {
    CHECK_EQ(free.available_permits(), 9);
    CHECK_EQ(gate.waiting(), 0);
  }
  kettle::Semaphore free{9};
  Gate gate;
};

struct JoinAll : SemaphoreScene {
  kettle::JoinAll<kettle::Acquire> make() {
    std::vector<kettle::Acquire> all;
    all.push_back(semaphore.acquire());
    all.push_back(other.acquire());
    return kettle::join_all(std::move(all));
  }
  void intact() {
    CHECK_EQ(other.available_permits(), 9);
    SemaphoreScene::intact();
  }
  kettle::Semaphore other{9};
};

struct Select : SemaphoreScene {
  kettle::Select<kettle::Acquire, kettle::mpsc::Recv<Tracked>> make() {
    return kettle::select(semaphore.acquire(), ends.second.recv());
  }
  static constexpr bool is_alone = true;
  void intact() {
    CHECK(ends.first.try_send(Tracked(1)).has_value());
    CHECK_EQ(ends.second.try_recv()->number(), 1);
    SemaphoreScene::intact();
  }
  std::pair<kettle::mpsc::Sender<Tracked>, kettle::mpsc::Receiver<Tracked>> ends = kettle::mpsc::channel<Tracked>(1);
};

// Both futures are woken: the one that loses gives back what it was handed.
struct Select_both : SemaphoreScene {
  kettle::Select<kettle::Acquire, kettle::Acquire> make() {
    return kettle::select(semaphore.acquire(), other.acquire());
  }
  void event() {
    SemaphoreScene::event();
    other_held.reset();
  }
  void intact() {
    SemaphoreScene::intact();
    other_held.reset();
    CHECK_EQ(other.available_permits(), 1);
  }
  kettle::Semaphore other{1};
  std::optional<kettle::SemaphorePermit> other_held = other.try_acquire();
};

struct Timeout : SemaphoreScene {
  kettle::Timeout<kettle::Acquire> make() { return kettle::timeout(1s, semaphore.acquire()); }
  void intact() {
    CHECK_EQ(kettle::TimerQueue::current().next_deadline(), kettle::never);
    SemaphoreScene::intact();
  }
};

// Time is up.
struct Timeout_elapsed : SemaphoreScene {
  kettle::Timeout<kettle::Acquire> make() { return kettle::timeout(1s, semaphore.acquire()); }
  void event() {
    if (std::exchange(happened, true)) return;
    Clock::advance_to(kettle::Instant(1s));
    kettle::TimerQueue::current().fire_due(Clock::now());
  }
  void intact() {
    CHECK_EQ(kettle::TimerQueue::current().next_deadline(), kettle::never);
    held.reset();
    if (behind) CHECK(behind->is_woken());
    behind.reset();
    CHECK_EQ(semaphore.available_permits(), 1);
  }
};

// What is written and read through a pipe. The reactor is asked without waiting.
struct PipeScene : Scene {
  static constexpr bool is_alone = true;
  static void look() {
    kettle::Parker parker;
    kettle::Reactor::current().park(parker, kettle::no_wait);
  }
  void settle() { look(); }
  std::size_t read_now(std::span<char> into) {
    look();
    Polled read(pipe.reader.read(into));
    auto answer = read.poll();
    return answer.is_ready() ? answer.value() : 0;
  }
  kettle::Pipe pipe = kettle::make_pipe();
  char buffer[16] = {};
};

struct Read : PipeScene {
  kettle::Read make() { return pipe.reader.read(buffer); }
  void event() {
    if (std::exchange(happened, true)) return;
    Polled write(pipe.writer.write("tea"));
    CHECK_EQ(write.poll().value(), 3);
  }
  void intact() {
    event();
    CHECK_EQ(read_now(buffer), finished ? 0 : 3);
    CHECK_FALSE(kettle::Reactor::current().has_work_ahead());
  }
};

struct Write : PipeScene {
  Write() {
    for (;;) {
      Polled write(pipe.writer.write(much));
      auto answer = write.poll();
      if (answer.is_pending()) break;
      inside += answer.value();
    }
  }
  kettle::Write make() { return pipe.writer.write("tea"); }
  void event() {
    if (std::exchange(happened, true)) return;
    inside -= read_now(room);
  }
  void intact() {
    if (finished) inside += 3;
    while (const std::size_t count = read_now(room)) inside -= count;
    CHECK_EQ(inside, 0);
    CHECK_FALSE(kettle::Reactor::current().has_work_ahead());
  }
  std::size_t inside = 0;
  std::string much = std::string(65536, '!');
  std::string room = std::string(65536, ' ');
};

struct Received : PipeScene {
  kettle::Signal::Received make() { return signal.received(); }
  void event() {
    if (!std::exchange(happened, true)) std::raise(SIGUSR1);
  }
  void intact() {
    look();
    Polled next(signal.received());
    CHECK_EQ(next.poll().is_ready(), happened && !finished);
  }
  kettle::Signal signal{SIGUSR1};
};

struct SignalOnce : Received {
  static constexpr bool is_alone = false;
  static constexpr bool is_lasting = false;
  kettle::SignalOnce make() { return kettle::SignalOnce(SIGUSR1); }
  void intact() {
    finished = false;  // The scene's own listener has heard it, too.
    Received::intact();
  }
};

// Two ends of a connection, and a reader of the one.
struct StreamScene : Scene {
  static constexpr bool is_alone = true;
  void settle() { PipeScene::look(); }
  void write(std::string_view text) {
    Polled all(ends.second.write_all(text));
    CHECK(all.poll().is_ready());
  }
  // What there is to read at the other end, of which there may be much.
  std::size_t read_all() {
    std::size_t count = 0;
    for (;;) {
      PipeScene::look();
      Polled read(ends.second.read(room));
      auto answer = read.poll();
      if (answer.is_pending()) return count;
      count += answer.value();
    }
  }
  std::pair<kettle::UnixStream, kettle::UnixStream> ends = kettle::UnixStream::pair();
  kettle::BufReader<kettle::UnixStream> reader{ends.first};
  char buffer[4] = {};
  std::string room = std::string(65536, ' ');
};

struct ReadExact : StreamScene {
  kettle::ReadExact make() { return ends.first.read_exact(buffer); }
  void event() {
    if (!std::exchange(happened, true)) write("teas");
  }
  void intact() {
    event();
    settle();
    Polled rest(ends.first.read(room));
    auto answer = rest.poll();
    CHECK_EQ(answer.is_ready() ? answer.value() : 0, finished ? 0 : 4);
  }
};

// The system's buffer is full.
struct FullStream : StreamScene {
  FullStream() {
    for (;;) {
      Polled write(ends.first.write(room));
      auto answer = write.poll();
      if (answer.is_pending()) break;
      inside += answer.value();
    }
  }
  void event() {
    if (!std::exchange(happened, true)) inside -= read_all();
  }
  void intact() {
    if (finished) inside += 3;
    CHECK_EQ(read_all(), inside);
    CHECK_FALSE(kettle::Reactor::current().has_work_ahead());
  }
  std::size_t inside = 0;
};

struct WriteAll : FullStream {
  kettle::WriteAll make() { return ends.first.write_all("tea"); }
};

struct WriteVectored : FullStream {
  kettle::WriteVectored make() { return ends.first.write_vectored(pieces); }
  std::string_view pieces[2] = {"t", "ea"};
};

// Each of the three leaves what it did not take to the next.
struct ReadLine : StreamScene {
  using Reader = kettle::BufReader<kettle::UnixStream>;
  Reader::ReadLine make() { return reader.read_line(100); }
  void event() {
    if (!std::exchange(happened, true)) write("tea\n");
  }
  void intact() {
    event();
    settle();
    Polled next(reader.read_line(100));
    auto answer = next.poll();
    CHECK_EQ(answer.is_ready(), !finished);
    if (answer.is_ready()) CHECK_EQ(answer.value(), "tea");
  }
};

struct ReadUntil : ReadLine {
  Reader::ReadUntil make() { return reader.read_until('\n', 100); }
};

struct ReadExactly : ReadLine {
  Reader::ReadExactly make() { return reader.read_exact(4); }
};

// Somebody knocks at a path.
kettle::UnixStream connected_to(const std::string& path) {
  return Polled(kettle::UnixStream::connect(path)).poll().take();
}

struct Accept_unix : Scene {
  static constexpr bool is_alone = true;
  ~Accept_unix() { ::unlink(path.c_str()); }
  auto make() { return listener.accept(); }
  void event() {
    if (!std::exchange(happened, true)) client.emplace(connected_to(path));
  }
  void settle() { PipeScene::look(); }
  void intact() {
    event();
    settle();
    Polled next(listener.accept());
    CHECK_EQ(next.poll().is_ready(), !finished);
  }
  std::string path = "/tmp/kettle-cancellation-" + std::to_string(::getpid());
  kettle::UnixListener listener = (::unlink(path.c_str()), kettle::UnixListener::bind(path));
  std::optional<kettle::UnixStream> client;
};

// Somebody knocks at a port. However late the system tells of it, settle() waits for that.
struct Accept : Scene {
  static constexpr bool is_alone = true;
  auto make() { return listener.accept(); }
  void event() {
    if (!std::exchange(happened, true)) client.emplace(listener.local_address());
  }
  void settle() {
    if (std::exchange(settled, true)) return;
    kettle::Parker parker;
    kettle::Reactor::current().park(parker, kettle::never);
  }
  void intact() {
    event();
    settle();
    Polled next(listener.accept());
    CHECK_EQ(next.poll().is_ready(), !finished);
  }
  kettle::TcpListener listener = kettle::TcpListener::bind(kettle::SocketAddress::loopback(0));
  std::optional<net::Client> client;
  bool settled = false;
};

struct AcceptFd : Accept {
  kettle::AcceptFd make() { return kettle::AcceptFd(fd); }
  void event() {
    if (!std::exchange(happened, true)) client.emplace(kettle::local_address_of(fd.fd()));
  }
  void intact() {
    event();
    settle();
    Polled next(kettle::AcceptFd{fd});
    CHECK_EQ(next.poll().is_ready(), !finished);
  }
  static kettle::AsyncFd listening() {
    kettle::Socket socket(AF_INET, SOCK_STREAM);
    socket.listen(1, "any port");
    return kettle::AsyncFd(socket.release(), kettle::Flow::items);
  }
  kettle::AsyncFd fd = listening();
};

// It begins to connect when the future waits already.
struct Connected : Scene {
  static constexpr bool is_alone = true;
  kettle::Connected make() { return kettle::Connected(fd); }
  void event() {
    if (std::exchange(happened, true)) return;
    const kettle::SocketAddress address = listener.local_address();
    CHECK_NE(::connect(fd.fd(), address.native(), address.native_size()), 0);
    net::await_news(fd.fd(), POLLOUT);
  }
  void settle() { PipeScene::look(); }
  void intact() {
    event();
    settle();
    CHECK(Polled(kettle::Connected(fd)).poll().is_ready());
  }
  static int unconnected() {
    kettle::Socket socket(AF_INET, SOCK_STREAM);
    return socket.release();
  }
  kettle::TcpListener listener = kettle::TcpListener::bind(kettle::SocketAddress::loopback(0));
  kettle::AsyncFd fd{unconnected(), kettle::Flow::stream, "the listener", false};
};

struct RecvFrom : Scene {
  static constexpr bool is_alone = true;
  RecvFrom() { PipeScene::look(); }  // That it can be written to is news, too.
  kettle::UdpSocket::RecvFrom make() { return socket.recv_from(buffer); }
  void event() {
    if (std::exchange(happened, true)) return;
    const kettle::SocketAddress to = socket.local_address();
    CHECK_EQ(::sendto(sender.fd(), "tea", 3, 0, to.native(), to.native_size()), 3);
    kettle::Parker parker;
    kettle::Reactor::current().park(parker, kettle::never);
  }
  void settle() { PipeScene::look(); }
  void intact() {
    event();
    settle();
    Polled next(socket.recv_from(buffer));
    CHECK_EQ(next.poll().is_ready(), !finished);
  }
  kettle::Socket sender{AF_INET, SOCK_DGRAM};
  kettle::UdpSocket socket = kettle::UdpSocket::bind(kettle::SocketAddress::loopback(0));
  char buffer[10] = {};
};

// The system has no room for a datagram until a moment later.
struct SendTo : Scene {
  SendTo() { sendto_has_no_room = true; }
  ~SendTo() { sendto_has_no_room = false; }
  kettle::UdpSocket::SendTo make() { return socket.send_to("tea", socket.local_address()); }
  void event() {
    happened = true;
    sendto_has_no_room = false;
    Clock::advance_to(kettle::Instant(1s));
    kettle::TimerQueue::current().fire_due(Clock::now());
  }
  void intact() { CHECK_EQ(kettle::TimerQueue::current().next_deadline(), kettle::never); }
  kettle::UdpSocket socket = kettle::UdpSocket::bind(kettle::SocketAddress::loopback(0));
};

// The system takes its time. A thread of its own waits for it, whatever becomes of the future.
struct LookupHost : Scene {
  static constexpr bool is_lasting = false;  // Who comes later asks anew.
  LookupHost() { slow_names::gate.close(); }
  ~LookupHost() {
    slow_names::gate.open();
    settle();
  }
  kettle::LookupHost make() { return kettle::lookup_host("host.slow", 80); }
  void event() {
    happened = true;
    slow_names::gate.open();
  }
  void settle() {
    while (!kettle::sync::is_only_thread()) std::this_thread::yield();  // Until every answer is there.
  }
  void intact() {}
};

}  // namespace of

// --- the table --------------------------------------------------------------------------------------------------

// clang-format off
#define EVERY_FUTURE                                                                                              \
  of::Task, of::Call, of::Sleep, of::Tick, of::Yield, of::JoinHandle, of::Reserve, of::Send, of::Recv,            \
  of::Recv_end, of::Acquire, of::Acquire_many, of::Acquire_owned, of::Acquire_closed, of::LockMutex,              \
  of::LockRw_write, of::LockRw_read, of::Notified, of::BarrierWait, of::BarrierWait_next_group, of::Join,         \
  of::Join_half, of::JoinAll, of::Select, of::Select_both, of::Timeout, of::Timeout_elapsed, of::Read,            \
  of::Write, of::Received, of::SignalOnce, of::ReadExact, of::WriteAll, of::WriteVectored, of::ReadLine,          \
  of::ReadUntil, of::ReadExactly, of::AcceptFd, of::Accept, of::Accept_unix, of::Connected, of::RecvFrom,         \
  of::SendTo, of::LookupHost
// clang-format on

// --- by hand ----------------------------------------------------------------------------------------------------

// A main future that acts once, so that there is an executor; nothing is left when its block_on has ended.
template <class Act>
class Once {
 public:
  using Output = void;
  explicit Once(Act act) : act_(std::move(act)) {}
  Poll<> poll(Context&) {
    act_();
    return Ready();
  }

 private:
  Act act_;
};

template <class F>
kettle::Task<> awaiting(F future) {
  const Tracked local(1);
  if constexpr (std::is_void_v<typename F::Output>) {
    co_await future;
  } else {
    [[maybe_unused]] const auto value = co_await future;
  }
}

// The future itself, or a Task that awaits it.
enum class Shape { bare, awaited };

template <Shape shape, class F>
auto shaped(F future) {
  if constexpr (shape == Shape::bare) {
    return future;
  } else {
    return awaiting(std::move(future));
  }
}

// What happens to a future that is polled by hand.
struct Life {
  int polls = 0;          // All of them Pending, each with another task's waker.
  bool crowded = false;   // Others stand behind it.
  bool woken = false;     // The event happens after those polls.
  bool finished = false;  // And then it is polled until it is ready.
};

template <class Scene, Shape shape>
void live(const Life& life) {
  CAPTURE(life.polls);
  CAPTURE(life.crowded);
  CAPTURE(life.woken);
  CAPTURE(life.finished);
  Scene scene;
  std::deque<story::CountingWaker> tasks;
  {
    auto future = shaped<shape>(scene.make());
    static_assert(kettle::Future<decltype(future)>);
    for (int i = 0; i < life.polls; ++i) {
      Context context(tasks.emplace_back().waker());
      CHECK(future.poll(context).is_pending());
      CHECK((tasks.back().is_woken() || tasks.back().is_held()));
      if (i != 0) CHECK_FALSE(tasks[tasks.size() - 2].is_held());
      if (i == 0 && life.crowded) scene.crowd();
    }
    if (life.woken) {
      scene.event();
      scene.settle();
      if (life.polls != 0) CHECK(tasks.back().is_woken());
    }
    if (life.finished) {
      scene.finish();
      for (int i = 0; i < 4 && !scene.finished; ++i) {
        Context context(tasks.emplace_back().waker());
        scene.finished = future.poll(context).is_ready();
      }
      CHECK(scene.finished);
    }
  }
  for (auto& task : tasks) CHECK_FALSE(task.is_held());
  scene.intact();
}

template <class Scene>
void live_in_both_shapes(const Life& life) {
  kettle::block_on(Once([&life] { live<Scene, Shape::bare>(life); }));
  kettle::block_on(Once([&life] { live<Scene, Shape::awaited>(life); }));
  CHECK_EQ(Tracked::live, 0);
}

TEST_CASE_TEMPLATE("dropped before its first poll", Scene, EVERY_FUTURE) {
  live_in_both_shapes<Scene>({.polls = 0});
  live_in_both_shapes<Scene>({.polls = 0, .woken = true});
}

TEST_CASE_TEMPLATE("dropped after some polls", Scene, EVERY_FUTURE) {
  for (int polls = 1; polls <= Scene::pendings; ++polls) {
    live_in_both_shapes<Scene>({.polls = polls});
    live_in_both_shapes<Scene>({.polls = polls, .crowded = true});
  }
}

TEST_CASE_TEMPLATE("dropped after it was woken, before it could look", Scene, EVERY_FUTURE) {
  for (int polls = 1; polls <= Scene::pendings; ++polls) {
    live_in_both_shapes<Scene>({.polls = polls, .woken = true});
    live_in_both_shapes<Scene>({.polls = polls, .crowded = true, .woken = true});
  }
}

TEST_CASE_TEMPLATE("dropped after it was ready, and its value with it", Scene, EVERY_FUTURE) {
  for (int polls = Scene::is_lasting ? 0 : 1; polls <= Scene::pendings; ++polls) {
    live_in_both_shapes<Scene>({.polls = polls, .woken = true, .finished = true});
    if (polls == 0) continue;
    live_in_both_shapes<Scene>({.polls = polls, .crowded = true, .woken = true, .finished = true});
  }
}

TEST_CASE_TEMPLATE("dropped as the loser of a select, and of a timeout", Scene, EVERY_FUTURE) {
  kettle::block_on(Once([] {
    Scene scene;
    Polled race(kettle::select_biased(scene.make(), Once([] {})));
    CHECK_EQ(race.poll().take().index(), 1);
    scene.intact();
  }));
  kettle::block_on(Once([] {
    Scene scene;
    Polled race(kettle::timeout(0s, scene.make()));
    CHECK_FALSE(race.poll().take().has_value());
    scene.intact();
  }));
  CHECK_EQ(Tracked::live, 0);
}

// --- in tasks ---------------------------------------------------------------------------------------------------

// A neighbour that makes the event happen when it is destroyed.
template <class Scene>
class ActsAtItsEnd {
 public:
  using Output = void;
  explicit ActsAtItsEnd(Scene& scene) noexcept : scene_(&scene) {}
  ActsAtItsEnd(ActsAtItsEnd&& other) noexcept : scene_(std::exchange(other.scene_, nullptr)) {}
  ActsAtItsEnd& operator=(ActsAtItsEnd&&) = delete;
  ~ActsAtItsEnd() {
    if (scene_ != nullptr) scene_->event();
  }
  Poll<> poll(Context&) noexcept { return kettle::pending; }

 private:
  Scene* scene_;
};

struct Company {
  int turns = 0;        // So many rounds run before the end.
  bool woken = false;   // The event happens after them, and no turn follows.
  bool before = false;  // A neighbour that is destroyed earlier makes the event happen,
  bool after = false;   // ... or one that is destroyed later.
};

template <class Scene, Shape shape>
void end_with_runtime(const Company& company) {
  CAPTURE(company.turns);
  CAPTURE(company.woken);
  CAPTURE(company.before);
  CAPTURE(company.after);
  std::optional<Scene> scene;
  kettle::block_on(Once([&] {
    scene.emplace();
    if (company.before) kettle::spawn(ActsAtItsEnd<Scene>(*scene));
    for (int i = 0; i < (Scene::is_alone ? 1 : 3); ++i) kettle::spawn(shaped<shape>(scene->make()));
    if (company.after) kettle::spawn(ActsAtItsEnd<Scene>(*scene));
    for (int turn = 0; turn < company.turns; ++turn) Executor::current().run_ready();
    if (company.woken) {
      scene->event();
      scene->settle();
    }
  }));
  scene->intact();
  scene.reset();
  CHECK_EQ(Tracked::live, 0);
}

TEST_CASE_TEMPLATE("destroyed with its runtime", Scene, EVERY_FUTURE) {
  for (int turns = 0; turns <= 1; ++turns) {
    for (const bool woken : {false, true}) {
      for (const bool before : {false, true}) {
        for (const bool after : {false, true}) {
          end_with_runtime<Scene, Shape::bare>({turns, woken, before, after});
          end_with_runtime<Scene, Shape::awaited>({turns, woken, before, after});
        }
      }
    }
  }
}

template <class Scene, Shape shape>
void abort_after(int turns, bool woken) {
  CAPTURE(turns);
  CAPTURE(woken);
  kettle::block_on(Once([&] {
    Scene scene;
    Polled joined(kettle::spawn("aborted", shaped<shape>(scene.make())));
    for (int turn = 0; turn < turns; ++turn) Executor::current().run_ready();
    if (woken) {
      scene.event();
      scene.settle();
    }
    joined.future().abort();
    CHECK_FALSE(joined.future().is_finished());
    Executor::current().run_ready();
    CHECK(joined.future().is_finished());
    CHECK_THROWS_AS(joined.poll(), kettle::Cancelled);
    scene.intact();
  }));
  CHECK_EQ(Tracked::live, 0);
}

TEST_CASE_TEMPLATE("aborted as a task", Scene, EVERY_FUTURE) {
  for (int turns = 0; turns <= 1; ++turns) {
    for (const bool woken : {false, true}) {
      abort_after<Scene, Shape::bare>(turns, woken);
      abort_after<Scene, Shape::awaited>(turns, woken);
    }
  }
}

}  // namespace

// Stands in for the system's, which nearly always has room.
extern "C" ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to, socklen_t to_size) {
  if (sendto_has_no_room) {
    errno = ENOBUFS;
    return -1;
  }
  iovec part{.iov_base = const_cast<void*>(bytes), .iov_len = size};
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(to);
  message.msg_namelen = to_size;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  return sendmsg(fd, &message, flags);
}
