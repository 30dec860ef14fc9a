// Many threads at once: wake-ups, ends, aborts and dropped handles meet in every order that the machine can think of.
// Seeded, without sleeping, and every round ends by itself. Meant for the thread sanitizer.
#include <kettle/barrier.hpp>
#include <kettle/channel.hpp>
#include <kettle/join_handle.hpp>
#include <kettle/mutex.hpp>
#include <kettle/notify.hpp>
#include <kettle/rw_lock.hpp>
#include <kettle/select.hpp>
#include <kettle/task.hpp>
#include <kettle/yield.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "rounds.hpp"

namespace {

using kettle::block_on;
using kettle::Context;
using kettle::JoinHandle;
using kettle::Poll;
using kettle::Ready;
using kettle::spawn;
using kettle::Task;
using kettle::Waker;

constexpr int count = 1000;

// A value that is counted while it lives, on any thread.
class Tracked {
 public:
  explicit Tracked(int number = 0) noexcept : number_(number) { ++live; }
  Tracked(const Tracked& other) noexcept : number_(other.number_) { ++live; }
  Tracked(Tracked&& other) noexcept : number_(other.number_) { ++live; }
  Tracked& operator=(const Tracked&) noexcept = default;
  Tracked& operator=(Tracked&&) noexcept = default;
  ~Tracked() { --live; }
  int number() const noexcept { return number_; }

  static inline std::atomic<int> live{0};

 private:
  int number_;
};

// One source of chance for each thread.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  // Wastes a little time, to meet the other threads somewhere else.
  void dawdle(int most) {
    static std::atomic<int> nothing{0};
    for (int i = below(most); i > 0; --i) nothing.load(std::memory_order_relaxed);
  }

 private:
  std::mt19937 random_;
};

std::vector<Chance> chances(int threads) {
  std::vector<Chance> all;
  for (int thread = 0; thread < threads; ++thread) all.emplace_back(static_cast<unsigned>(thread + 1));
  return all;
}

// --- wake storm -------------------------------------------------------------------------------------------------

// Where a task leaves its waker for everybody.
class Post {
 public:
  void leave(const Waker& waker) {
    const std::lock_guard lock(mutex_);
    waker_ = waker;
  }
  void note_wake() { wakes_.fetch_add(1, std::memory_order_relaxed); }
  // Holds a poll open until somebody has woken its task meanwhile; not for ever.
  void await_wake() {
    const int before = wakes_.load(std::memory_order_relaxed);
    for (int i = 0; i < 50 && wakes_.load(std::memory_order_relaxed) == before; ++i) std::this_thread::yield();
  }
  std::optional<Waker> look() {
    const std::lock_guard lock(mutex_);
    return waker_;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    waker_.reset();
  }

 private:
  std::mutex mutex_;
  std::optional<Waker> waker_;
  std::atomic<int> wakes_{0};
};

class Pendings {
 public:
  using Output = Tracked;
  Pendings(Post& post, int pendings) noexcept : post_(post), left_(pendings) {}
  Poll<Tracked> poll(Context& context) {
    post_.leave(context.waker());
    post_.await_wake();
    if (left_-- == 0) return Ready(Tracked(7));
    return kettle::pending;
  }

 private:
  Post& post_;
  int left_;
  Tracked held_;
};

constexpr int storm_tasks = 6;
using Posts = std::array<Post, storm_tasks + 1>;  // The last one is the main future's.

Task<int> storm(Posts& posts, Chance& chance) {
  std::vector<JoinHandle<Tracked>> handles;
  for (std::size_t i = 0; i < storm_tasks; ++i) handles.push_back(spawn(Pendings(posts[i], chance.below(4))));
  co_await Pendings(posts.back(), 1);
  for (auto& handle : handles) {
    if (chance.below(4) == 0) handle.abort();
  }
  int ended = 0;
  for (auto& handle : handles) {
    if (chance.below(8) == 0) continue;  // Nobody waits for this one: it may be cancelled at the end.
    try {
      const Tracked value = co_await handle;
      ended += value.number() == 7;
    } catch (const kettle::Cancelled&) {
      ++ended;
    }
  }
  co_return ended;
}

TEST_CASE("wake storm: three threads wake tasks that are polled, end, are aborted, and are gone") {
  Posts posts;
  std::atomic<bool> is_over{false};
  auto chance = chances(4);
  int ended = 0;
  rounds::run(
      4, count, [&](int) { is_over = false; },
      [&](int thread, int) {
        auto& own = chance[static_cast<std::size_t>(thread)];
        if (thread == 0) {
          ended += block_on(storm(posts, own));
          is_over = true;
          return;
        }
        std::optional<Waker> kept;  // Lives longer than its block_on, and may be the last of its task.
        while (!is_over) {
          Post& post = posts[static_cast<std::size_t>(own.below(storm_tasks + 1))];
          auto waker = post.look();
          if (waker) {
            waker->wake();
            post.note_wake();
          }
          if (own.below(2) == 0) kept = std::move(waker);
          std::this_thread::yield();
        }
        if (kept) kept->wake();
      },
      [&](int) {
        for (Post& post : posts) post.clear();
        CHECK_EQ(Tracked::live.load(), 0);
      });
  CHECK_GT(ended, count);
}

// --- channel ----------------------------------------------------------------------------------------------------

constexpr int senders = 4;
constexpr int values_each = 4;
using Sender = kettle::mpsc::Sender<Tracked>;
using Receiver = kettle::mpsc::Receiver<Tracked>;

Task<int> send_some(Sender sender, int who) {
  int sent = 0;
  for (int i = 0; i < values_each; ++i) {
    auto result = co_await sender.send(Tracked(who * 100 + i));
    if (!result.has_value()) break;
    ++sent;
  }
  co_return sent;
}

// Each wait for room is given up once, while the receiver may just be making some.
Task<int> send_hesitantly(Sender sender, int who) {
  int sent = 0;
  for (int i = 0; i < values_each; ++i) {
    {
      auto given_up = co_await kettle::select_biased(sender.reserve(), kettle::yield_now());
      if (given_up.index() == 0 && !std::get<0>(given_up).has_value()) break;
    }
    auto permit = co_await sender.reserve();
    if (!permit.has_value()) break;
    auto result = permit->send(Tracked(who * 100 + i));
    if (!result.has_value()) break;
    ++sent;
  }
  co_return sent;
}

// Receives up to `most` values; returns how many there were, or -1 when they came in a wrong order.
Task<int> receive_some(Receiver receiver, int most) {
  std::array<int, senders> next{};
  int received = 0;
  while (received < most) {
    // The first wait is given up when nothing is there at once.
    auto given_up = co_await kettle::select_biased(kettle::yield_now(), receiver.recv());
    std::optional<Tracked> value;
    if (given_up.index() == 1) {
      value = std::get<1>(std::move(given_up));
    } else {
      value = co_await receiver.recv();
    }
    if (!value.has_value()) break;
    const auto who = static_cast<std::size_t>(value->number() / 100);
    if (value->number() % 100 != next[who]++) co_return -1;
    ++received;
  }
  co_return received;
}

TEST_CASE("senders on four threads to one receiver, which takes all of it or leaves early") {
  std::array<std::optional<Sender>, senders> ends;
  std::optional<Receiver> receiver;
  std::array<int, senders> sent{};
  int received = 0;
  auto chance = chances(senders + 1);
  constexpr int all = senders * values_each;
  int most = 0;
  rounds::run(
      senders + 1, count,
      [&](int round) {
        auto channel = kettle::mpsc::channel<Tracked>(static_cast<std::size_t>(1 + round % 3));
        for (auto& end : ends) end = channel.first;
        receiver.emplace(std::move(channel.second));
        most = round % 4 == 3 ? chance[0].below(all) : all + 1;
      },
      [&](int thread, int round) {
        chance[static_cast<std::size_t>(thread)].dawdle(200);
        if (thread == 0) {
          received = block_on(receive_some(*std::exchange(receiver, std::nullopt), most));
          return;
        }
        const auto own = static_cast<std::size_t>(thread - 1);
        Sender sender = *std::exchange(ends[own], std::nullopt);
        if ((round + thread) % 2 == 0) {
          sent[own] = block_on(send_some(std::move(sender), thread - 1));
        } else {
          sent[own] = block_on(send_hesitantly(std::move(sender), thread - 1));
        }
      },
      [&](int) {
        int sum = 0;
        for (const int each : sent) sum += each;
        if (most > all) {
          CHECK_EQ(received, all);
          CHECK_EQ(sum, all);
        } else {
          CHECK_EQ(received, most);
          CHECK_GE(sum, most);
        }
        CHECK_EQ(Tracked::live.load(), 0);
      });
}

// --- the end of a task against its handle -----------------------------------------------------------------------

// Handed from one thread to another, which waits for it.
template <class T>
class Handed {
 public:
  void give(T thing) {
    thing_.emplace(std::move(thing));
    is_there_.store(true, std::memory_order_release);
  }
  T take() {
    while (!is_there_.load(std::memory_order_acquire)) std::this_thread::yield();
    is_there_.store(false, std::memory_order_relaxed);
    return *std::exchange(thing_, std::nullopt);
  }

 private:
  std::optional<T> thing_;
  std::atomic<bool> is_there_{false};
};

struct Failed : std::exception {};

// Tells a Notify when it goes. A parameter, because a task that is aborted before its first turn has no locals yet.
class TellsItsEnd {
 public:
  TellsItsEnd(kettle::Notify& notify, std::atomic<bool>& is_ending) noexcept
      : notify_(&notify), is_ending_(is_ending) {}
  TellsItsEnd(TellsItsEnd&& other) noexcept
      : notify_(std::exchange(other.notify_, nullptr)), is_ending_(other.is_ending_) {}
  TellsItsEnd& operator=(TellsItsEnd&&) = delete;
  ~TellsItsEnd() {
    if (notify_ == nullptr) return;
    notify_->notify_one();
    is_ending_ = true;
  }

 private:
  kettle::Notify* notify_;
  std::atomic<bool>& is_ending_;
};

struct World {
  kettle::Notify gate;
  kettle::Notify ended;
  Handed<JoinHandle<Tracked>> handle;
  std::atomic<bool> is_ending{false};
};

Task<Tracked> waits_at_gate(World& world, bool throws, TellsItsEnd) {
  const Tracked local;
  co_await world.gate.notified();
  if (throws) throw Failed();
  co_return Tracked(7);
}

// The main future waits for the task's end, or leaves before it.
Task<> runs_task(World& world, bool throws, bool waits, Chance& chance) {
  world.handle.give(spawn("waits", waits_at_gate(world, throws, TellsItsEnd(world.ended, world.is_ending))));
  if (waits) {
    co_await world.ended.notified();
  } else {
    for (int turns = chance.below(4); turns > 0; --turns) co_await kettle::yield_now();
  }
}

std::atomic<int> reported{0};

class CountReports {
 public:
  CountReports() : before_(kettle::on_detached_error([](const kettle::DetachedError&) { ++reported; })) {
    reported = 0;
  }
  ~CountReports() { kettle::on_detached_error(before_); }
  CountReports(const CountReports&) = delete;
  CountReports& operator=(const CountReports&) = delete;

 private:
  kettle::DetachedErrorHook before_;
};

enum class Fate { joined, aborted_and_joined, dropped, aborted_and_dropped };

// Thread 0 runs the task, thread 1 has its handle, thread 2 lets it end.
void end_against_handle(Fate fate) {
  const CountReports count_reports;
  std::optional<World> world;
  auto chance = chances(3);
  bool throws = false;
  bool waits = false;
  int values = 0;
  int failures = 0;
  int cancelled = 0;
  int joined_or_reported = 0;
  rounds::run(
      3, count,
      [&](int) {
        world.emplace();
        throws = chance[0].below(3) == 0;
        waits = chance[0].below(4) != 0;
        joined_or_reported = reported + values + failures + cancelled;
      },
      [&](int thread, int) {
        Chance& own = chance[static_cast<std::size_t>(thread)];
        if (thread == 0) {
          block_on(runs_task(*world, throws, waits, own));
        } else if (thread == 1) {
          JoinHandle<Tracked> handle = world->handle.take();
          if (own.below(4) == 0) {
            own.dawdle(2000);
          } else {  // Just as the task ends.
            for (int i = 0; i < 20'000 && !world->is_ending; ++i) {
            }
            own.dawdle(60);
          }
          if (fate == Fate::aborted_and_joined || fate == Fate::aborted_and_dropped) handle.abort();
          if (fate == Fate::dropped || fate == Fate::aborted_and_dropped) return;
          try {
            const Tracked value = block_on(handle);
            values += value.number() == 7;
          } catch (const Failed&) {
            ++failures;
          } catch (const kettle::Cancelled&) {
            ++cancelled;
          }
        } else {
          own.dawdle(4000);
          world->gate.notify_one();
        }
      },
      [&](int) {
        const int outcomes = reported + values + failures + cancelled - joined_or_reported;
        const bool is_joined = fate == Fate::joined || fate == Fate::aborted_and_joined;
        if (is_joined) CHECK_EQ(outcomes, 1);
        if (!is_joined) CHECK_LE(outcomes, throws ? 1 : 0);
        if (fate == Fate::dropped && throws && waits) CHECK_EQ(outcomes, 1);
        if (is_joined) CHECK_EQ(reported.load(), 0);
        world.reset();
        CHECK_EQ(Tracked::live.load(), 0);
      });
  if (fate == Fate::joined) {
    CHECK_GT(values, 0);
    CHECK_GT(failures, 0);
  }
}

TEST_CASE("a task's end against a join from another thread's block_on") { end_against_handle(Fate::joined); }
TEST_CASE("a task's end against its abort") { end_against_handle(Fate::aborted_and_joined); }
TEST_CASE("a task's end against the drop of its handle") { end_against_handle(Fate::dropped); }
TEST_CASE("a task's end against its abort and the drop of its handle") {
  end_against_handle(Fate::aborted_and_dropped);
}

// --- the last waker ---------------------------------------------------------------------------------------------

// Hands a waker to each of three threads at its first poll, and is never ready.
class HandsOut {
 public:
  using Output = void;
  explicit HandsOut(std::array<Handed<Waker>, 3>& wakers) noexcept : wakers_(wakers) {}
  Poll<> poll(Context& context) {
    if (std::exchange(is_first_, false)) {
      for (auto& waker : wakers_) waker.give(context.waker());
    }
    return kettle::pending;
  }

 private:
  std::array<Handed<Waker>, 3>& wakers_;
  bool is_first_ = true;
};

Task<> waits_for_ever(std::array<Handed<Waker>, 3>& wakers) { co_await HandsOut(wakers); }

TEST_CASE("three threads wake and drop the last wakers of a block_on that goes to sleep: Stuck, never a hang") {
  std::array<Handed<Waker>, 3> wakers;
  auto chance = chances(4);
  int stuck = 0;
  rounds::run(
      4, count, [](int) {},
      [&](int thread, int) {
        Chance& own = chance[static_cast<std::size_t>(thread)];
        if (thread != 0) {
          const Waker waker = wakers[static_cast<std::size_t>(thread - 1)].take();
          own.dawdle(4000);
          if (own.below(3) == 0) waker.wake();
          own.dawdle(2000);
          return;
        }
        try {
          block_on(waits_for_ever(wakers));
        } catch (const kettle::Stuck&) {
          ++stuck;
        }
      },
      [](int) {});
  CHECK_EQ(stuck, count);
}

Task<> main_with_tasks(std::array<Handed<Waker>, 3>& wakers) {
  auto handle = spawn("waits", waits_for_ever(wakers));
  co_await handle;
}

// With tasks it takes a tenth of a second, and nobody but this thread may be left: so these rounds are few.
TEST_CASE("the same with tasks: Stuck, once the other threads are gone") {
  Chance chance(1);
  for (int round = 0; round < 5; ++round) {
    std::array<Handed<Waker>, 3> wakers;
    std::vector<std::thread> threads;
    for (auto& waker : wakers) {
      threads.emplace_back([&waker, wakes = chance.below(2) == 0] {
        const Waker last = waker.take();
        if (wakes) last.wake();
      });
      threads.back().detach();
    }
    CHECK_THROWS_AS(block_on(main_with_tasks(wakers)), kettle::Stuck);
  }
}

// --- locks ------------------------------------------------------------------------------------------------------

constexpr int threads = 4;
constexpr int tasks_each = 2;
constexpr int steps = 2;

// What all tasks share. The plain numbers are what the locks are for.
struct Kitchen {
  kettle::Semaphore permits{3};
  kettle::Mutex<int> counter{0};
  kettle::RwLock<std::pair<int, int>> pair{{0, 0}};
  kettle::Barrier barrier{threads * tasks_each};
  kettle::Notify notify;
  std::atomic<int> inside{0};
  std::atomic<int> most_inside{0};
  std::atomic<int> leaders{0};
  std::atomic<int> uneven{0};
  std::atomic<int> finished{0};
};

Task<> use_permits(Kitchen& kitchen, std::size_t wanted) {
  {
    // Given up while others give permits back.
    auto given_up = co_await kettle::select_biased(kettle::yield_now(), kitchen.permits.acquire(wanted));
  }
  auto permit = co_await kitchen.permits.acquire(wanted);
  const int inside = kitchen.inside += static_cast<int>(wanted);
  if (inside > 3) kitchen.most_inside = inside;
  co_await kettle::yield_now();
  kitchen.inside -= static_cast<int>(wanted);
}

Task<> use_mutex(Kitchen& kitchen) {
  {
    auto given_up = co_await kettle::select_biased(kitchen.counter.lock(), kettle::yield_now());
    if (given_up.index() == 0) ++*std::get<0>(given_up);
    if (given_up.index() == 0) --*std::get<0>(given_up);
  }
  auto guard = co_await kitchen.counter.lock();
  const int before = *guard;
  co_await kettle::yield_now();
  *guard = before + 1;
}

Task<> use_pair(Kitchen& kitchen, bool writes) {
  if (writes) {
    auto both = co_await kitchen.pair.write();
    ++both->first;
    co_await kettle::yield_now();
    ++both->second;
  } else {
    auto both = co_await kitchen.pair.read();
    if (both->first != both->second) ++kitchen.uneven;
    co_await kettle::yield_now();
    if (both->first != both->second) ++kitchen.uneven;
  }
}

Task<> cook(Kitchen& kitchen, int number) {
  for (int step = 0; step < steps; ++step) {
    co_await use_permits(kitchen, static_cast<std::size_t>(1 + (number + step) % 3));
    co_await use_mutex(kitchen);
    co_await use_pair(kitchen, (number + step) % 2 == 0);
    const bool is_last = co_await kitchen.barrier.wait();
    if (is_last) ++kitchen.leaders;
  }
  ++kitchen.finished;
  kitchen.notify.notify_one();
}

Task<> shift(Kitchen& kitchen, int thread) {
  std::vector<JoinHandle<void>> handles;
  for (int i = 0; i < tasks_each; ++i) {
    handles.push_back(spawn("cook", cook, std::ref(kitchen), thread * tasks_each + i));
  }
  if (thread == 0) {
    while (kitchen.finished != threads * tasks_each) co_await kitchen.notify.notified();
  }
  for (auto& handle : handles) co_await handle;
}

TEST_CASE("semaphore, mutex, rw_lock, barrier and notify from tasks on four threads") {
  std::optional<Kitchen> kitchen;
  auto chance = chances(threads);
  rounds::run(
      threads, count, [&](int) { kitchen.emplace(); },
      [&](int thread, int) {
        chance[static_cast<std::size_t>(thread)].dawdle(500);
        block_on(shift(*kitchen, thread));
      },
      [&](int) {
        CHECK_EQ(kitchen->permits.available_permits(), 3);
        CHECK_EQ(**kitchen->counter.try_lock(), threads * tasks_each * steps);
        CHECK_EQ(kitchen->most_inside.load(), 0);
        CHECK_EQ(kitchen->leaders.load(), steps);
        CHECK_EQ(kitchen->uneven.load(), 0);
        kitchen.reset();
      });
}

}  // namespace
