// Grades 02-waker/block_on. The parker is an actor: it has a script of what happens while the thread sleeps, so that
// every sleep, every wake-up and every poll comes in a known order, and a sleep without an end is a failure.
#include "block_on.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "futures.hpp"

namespace {

using story::expect;
using story::expect_equal;

constexpr auto loop_section = "lessons/02-waker/README.md#poll-sleep-poll-again";
constexpr auto loop_rule =
    "Clear the notice just before each poll. Pending: sleep while is_notified() is false, then poll again.";

/// One thing that happens while the thread sleeps.
struct Event {
  std::string text;
  std::function<void()> happen;
  bool is_wake_up = true;
};

/// What the future, the parker and the script of one test share.
class World {
 public:
  World() { current = this; }
  ~World() {
    if (parkers == 0) (void)waker.release();  // It points at what is gone: dropping it would crash.
    waker.reset();
    current = nullptr;
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// For a second future in the same test.
  void start_again() {
    polls = 0;
    woken = true;
  }

  void wake() {
    woken = true;
    waker->wake();
  }

  Event wake_up() {
    return {"meanwhile somebody wakes it", [this] { wake(); }};
  }
  static Event nothing() {
    return {"park returns for no reason", [] {}, false};
  }

  static inline World* current = nullptr;

  std::unique_ptr<kettle::Waker> waker;  ///< What the future keeps.
  bool woken = true;                     ///< Whether there is a reason to poll: the start is one.
  int polls = 0;
  int sleeps = 0;
  bool slept_for_nothing = false;
  int parkers = 0;            ///< Alive now.
  std::vector<Event> script;  ///< The next event first.
};

/// The parker that the answer sleeps in.
class ScriptedParker {
 public:
  ScriptedParker() { ++world().parkers; }
  ~ScriptedParker() { --world().parkers; }
  ScriptedParker(const ScriptedParker&) = delete;
  ScriptedParker& operator=(const ScriptedParker&) = delete;

  void park(kettle::Instant = kettle::never) {
    if (called_.exchange(false)) {
      story::step("park: somebody has called already, so it returns at once");
      return;
    }
    if (world().script.empty()) {
      story::step("park: the thread sleeps");
      story::fail("the thread sleeps only while a wake-up is still to come",
                  "it sleeps for ever: the last wake-up has already been");
    }
    const Event event = world().script.front();
    world().script.erase(world().script.begin());
    ++world().sleeps;
    story::step("park: the thread sleeps; {}", event.text);
    event.happen();
    const bool called = called_.exchange(false);
    world().slept_for_nothing = !event.is_wake_up;
    if (event.is_wake_up && !called) {
      story::teach(
          "wake() calls schedule(), the first time after each clear_notified(); schedule() has to end the sleep.",
          "lessons/02-waker/README.md#waking-once");
      story::fail("wake() reaches the parker: unpark() is called",
                  "wake() was called, but unpark() was not, so the thread sleeps for ever");
    }
  }

  void unpark() noexcept {
    if (World::current != nullptr) story::note("unpark");
    called_.store(true);
  }

 private:
  static World& world() { return *World::current; }
  kettle::sync::Atomic<bool> called_{false};
};

/// Pending `pendings` times, then Ready with `value`. Keeps the waker, and refuses a poll that nobody asked for.
template <class T = int>
class Tea {
 public:
  using Output = T;
  Tea(World& world, int pendings, T value) : world_(world), pendings_(pendings), value_(std::forward<T>(value)) {}

  /// What happens during each Pending poll, after the waker is kept.
  std::function<void()> during_poll = [] {};
  /// What happens instead of the Ready answer.
  std::function<void()> before_ready = [] {};
  bool keeps_waker = false;

  kettle::Poll<T> poll(kettle::Context& context) {
    ++world_.polls;
    if (!world_.woken) {
      story::step("poll {}", world_.polls);
      if (!world_.slept_for_nothing) story::teach(loop_rule, loop_section);
      story::fail("a poll at the start, and one after each wake-up",
                  fmt::format("poll {} came though nobody had woken the task", world_.polls));
    }
    world_.woken = false;
    if (world_.polls <= pendings_) {
      story::step("poll {}: Pending", world_.polls);
      if (context.waker().will_wake(kettle::Waker::noop())) {
        story::teach("The context lends the future a waker, and that waker is how the future reaches you.",
                     "lessons/02-waker/README.md#a-number-to-call");
        story::fail("a context made from a waker of your sleeper: kettle::Context context(waker)",
                    "a context whose waker reaches nobody");
      }
      world_.waker = std::make_unique<kettle::Waker>(context.waker());
      during_poll();
      return kettle::pending;
    }
    if (!keeps_waker) world_.waker.reset();
    before_ready();
    story::step("poll {}: Ready", world_.polls);
    return kettle::Ready<T>(std::forward<T>(value_));
  }

 private:
  World& world_;
  int pendings_;
  T value_;
};

/// Runs the answer. Misuse in it is a failure with words of its own.
template <class F>
typename F::Output run(F& future) {
  try {
    return mine::block_on<ScriptedParker>(future);
  } catch (const kettle::Misuse& misuse) {
    const std::string text = misuse.what();
    story::fail("block_on returns when the future is Ready, not before", text.substr(0, text.find('\n')));
  }
}

TEST_CASE("a future that is Ready at once is polled once, without a sleep") {
  story::teach("Poll first: perhaps there is nothing to wait for.", loop_section);
  World world;
  Tea tea(world, 0, 7);
  const int value = run(tea);
  expect_equal(value, 7, "the value");
  expect_equal(world.polls, 1, "polls");
  expect_equal(world.sleeps, 0, "sleeps");
}

TEST_CASE("block_on polls once at the start and once after each wake-up") {
  story::teach(loop_rule, loop_section);
  World world;
  world.script = {world.wake_up(), world.wake_up(), world.wake_up()};
  Tea tea(world, 3, 7);
  const int value = run(tea);
  expect_equal(value, 7, "the value");
  expect_equal(world.polls, 4, "polls: one, and one for each of three wake-ups");
  expect_equal(world.sleeps, 3, "sleeps");
}

TEST_CASE("a wake-up during the poll is not lost") {
  story::teach("Clear the notice before the poll, not after: a wake-up may come while the poll still runs.",
               loop_section);
  World world;
  Tea tea(world, 1, 7);
  tea.during_poll = [&world] {
    story::step("poll 1 has not yet returned, and somebody wakes it");
    world.wake();
  };
  const int value = run(tea);
  expect_equal(value, 7, "the value");
  expect_equal(world.polls, 2, "polls");
}

TEST_CASE("a park that ends for no reason is not a wake-up") {
  story::teach("A sleep may end for no reason. Ask is_notified(), and sleep on when nobody called.",
               "lessons/02-waker/README.md#a-bed-with-a-bell");
  World world;
  world.script = {World::nothing(), World::nothing(), world.wake_up()};
  Tea tea(world, 1, 7);
  const int value = run(tea);
  expect_equal(value, 7, "the value");
  expect_equal(world.polls, 2, "polls");
}

TEST_CASE("wake-ups come from other threads, and more than one before a poll") {
  story::teach("Waking twice before a poll is the same as waking once, whoever does it.",
               "lessons/02-waker/README.md#waking-once");
  World world;
  world.script = {{"another thread wakes it",
                   [&world] {
                     std::thread other([&world] { world.wake(); });
                     other.join();
                   }},
                  {"two wakers call, one after the other", [&world] {
                     const kettle::Waker copy = *world.waker;
                     world.wake();
                     copy.wake();
                   }}};
  Tea tea(world, 2, 7);
  const int value = run(tea);
  expect_equal(value, 7, "the value");
  expect_equal(world.polls, 3, "polls");
}

/// Ready at once, with nothing.
struct Done {
  using Output = void;
  kettle::Poll<> poll(kettle::Context&) { return kettle::Ready(); }
};

TEST_CASE("void, references and values that only move come out as they are") {
  story::teach("block_on returns the future's Output, whatever that is: take() hands it out.", loop_section);
  World world;
  world.script = {world.wake_up()};
  Done done;
  story::step("a future of void");
  static_assert(std::is_void_v<decltype(mine::block_on<ScriptedParker>(done))>);
  run(done);

  story::step("a future of int&");
  int cup = 7;
  Tea<int&> reference(world, 1, cup);
  static_assert(std::is_same_v<int&, decltype(mine::block_on<ScriptedParker>(reference))>);
  const int& same_cup = run(reference);
  expect(&same_cup == &cup, "a reference to the very object that the future refers to", "a reference to another one");

  story::step("a future of std::unique_ptr<int>");
  world.start_again();
  Tea<std::unique_ptr<int>> unique(world, 0, std::make_unique<int>(7));
  const std::unique_ptr<int> value = run(unique);
  expect(value != nullptr && *value == 7, "the very value of the future", "an empty or another one");
}

TEST_CASE("what the future throws leaves block_on, and the next one works") {
  story::teach("An exception passes through, and what block_on holds is let go by destructors.",
               "lessons/02-waker/README.md#who-keeps-it-alive");
  World world;
  world.script = {world.wake_up(), world.wake_up()};
  {
    Tea tea(world, 1, 7);
    tea.before_ready = [] {
      story::step("poll 2 throws");
      throw std::runtime_error("no gas");
    };
    std::string caught = "nothing";
    try {
      (void)run(tea);
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    expect_equal(caught, std::string("no gas"), "what block_on throws");
  }
  expect_equal(world.parkers, 0, "sleepers that are still alive, now that nobody holds a waker");
  story::step("the next block_on");
  world.start_again();
  Tea tea(world, 1, 8);
  const int value = run(tea);
  expect_equal(value, 8, "the value of the next block_on");
}

TEST_CASE("a waker may outlive its block_on") {
  story::teach("The sleeper belongs to its wakers, and the last of them may go later than block_on: make it with new.",
               "lessons/02-waker/README.md#who-keeps-it-alive");
  World world;
  world.script = {world.wake_up()};
  Tea tea(world, 1, 7);
  tea.keeps_waker = true;
  (void)run(tea);
  story::step("block_on has returned, and somebody still holds a waker");
  expect_equal(world.parkers, 1, "parkers that are alive, for that waker to call");
  story::step("it wakes");
  world.wake();
}

TEST_CASE("the last waker frees the sleeper") {
  story::teach("Give up your own reference with release(), once a waker holds one. The last one out frees the sleeper.",
               "lessons/02-waker/README.md#who-keeps-it-alive");
  World world;
  world.script = {world.wake_up()};
  Tea tea(world, 1, 7);
  (void)run(tea);
  story::step("block_on has returned, and nobody holds a waker");
  expect_equal(world.parkers, 0, "sleepers that are still alive");
}

}  // namespace
