// Grades 08-mutex/deadlock: scenes in virtual time, many of them, each with another order of coming. A scene that is
// stuck fails; what everybody did is read from the trace and told as steps, for the scene that failed only.
#include "deadlock.hpp"

#include <kettle/block_on.hpp>
#include <kettle/trace.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "story.hpp"

namespace {

using namespace std::chrono_literals;
using kettle::Duration;
using kettle::Task;

constexpr auto order_section = "lessons/08-mutex/README.md#what-can-go-wrong";
constexpr auto value_section = "lessons/08-mutex/README.md#the-value-is-inside";
constexpr auto line_section = "lessons/08-mutex/README.md#the-line";

std::string show(Duration time) { return fmt::format("{} s", std::chrono::duration<double>(time).count()); }

// Listens to the trace: who has which lock, and who waits for what.
class Watcher final : public kettle::trace::Sink {
 public:
  Watcher() : before_(std::exchange(kettle::trace::sink, this)) {}
  ~Watcher() { kettle::trace::sink = before_; }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Learns which lock is called what.
  void introduce(kettle::Mutex<int>& mutex, const char* name) {
    mutex.try_lock();
    locks_.emplace(last_lock_, name);
    steps.clear();
  }

  void record(std::string_view fact, std::initializer_list<kettle::trace::Arg> args) override {
    if (before_ != nullptr) before_->record(fact, args);  // A recorded test is recorded still.
    if (fact == "spawn") tasks_.emplace(number(args, "task"), std::string(text(args, "label")));
    if (fact == "poll") told_ = steps.size();
    if (fact == "lock") locks(number(args, "task"), number(args, "lock"));
    if (fact == "unlock") unlocks(number(args, "task"), number(args, "lock"));
    if (fact == "pending") waits(number(args, "task"), text(args, "on"), number(args, "on"));
  }

  /// After a deadlock: forgets what the tasks did when they were cancelled, and says who waits for what.
  std::string explain_deadlock() {
    steps.resize(told_);
    std::string all;
    for (const auto& [task, what] : stuck_) all += (all.empty() ? "" : "; ") + what;
    return all;
  }

  /// What everybody did, in words.
  std::vector<std::string> steps;

 private:
  using Number = std::uint64_t;

  static Number number(std::initializer_list<kettle::trace::Arg> args, std::string_view key) {
    for (const auto& arg : args) {
      if (arg.key == key) return arg.number;
    }
    return 0;
  }
  static std::string_view text(std::initializer_list<kettle::trace::Arg> args, std::string_view key) {
    for (const auto& arg : args) {
      if (arg.key == key) return arg.text;
    }
    return "";
  }

  std::string task_name(Number task) const {
    const auto found = tasks_.find(task);
    return found == tasks_.end() ? "the scene" : found->second;
  }
  std::string lock_name(Number lock) const {
    const auto found = locks_.find(lock);
    return found == locks_.end() ? "another lock" : found->second;
  }
  void tell(std::string step) {
    steps.push_back(fmt::format("{}: {}", show(kettle::Clock::now().time_since_epoch()), step));
  }

  void locks(Number task, Number lock) {
    last_lock_ = lock;
    holders_[lock] = task;
    stuck_.erase(task);
    waits_for_.erase(task);
    if (task > 1) tell(fmt::format("{} locks {}", task_name(task), lock_name(lock)));
  }
  void unlocks(Number task, Number lock) {
    holders_.erase(lock);
    if (task > 1) tell(fmt::format("{} unlocks {}", task_name(task), lock_name(lock)));
  }
  void waits(Number task, std::string_view kind, Number on) {
    if (task == 1) return;
    std::string what;
    if (kind == "mutex") {
      what = lock_name(on);
      if (const auto holder = holders_.find(on); holder != holders_.end()) {
        what += fmt::format(", which {} has", holder->second == task ? "it has itself" : task_name(holder->second));
      }
    } else if (kind == "task") {
      what = task_name(on);
    } else {
      stuck_.erase(task);
      waits_for_.erase(task);
      return;
    }
    stuck_[task] = fmt::format("{} waits for {}", task_name(task), what);
    if (waits_for_[task] == what) return;
    waits_for_[task] = what;
    tell(stuck_[task]);
  }

  kettle::trace::Sink* before_;
  std::map<Number, std::string> tasks_;
  std::map<Number, std::string> locks_;
  std::map<Number, Number> holders_;
  std::map<Number, std::string> waits_for_;
  std::map<Number, std::string> stuck_;
  Number last_lock_ = 0;
  std::size_t told_ = 0;
};

// Thrown by a poll that is one too many.
struct Restless {
  std::string who;
};

// A task of the learner's, and how often it is polled.
template <class T>
class Watched {
 public:
  using Output = T;
  Watched(std::string name, Task<T> task) : name_(std::move(name)), task_(std::move(task)) {}

  kettle::Poll<T> poll(kettle::Context& context) {
    constexpr int most = 200;
    if (++polls_ > most) throw Restless{name_};
    return task_.poll(context);
  }

 private:
  std::string name_;
  Task<T> task_;
  int polls_ = 0;
};

// What became of it, and when.
template <class T>
struct Outcome {
  std::optional<T> value;
  Duration end{};
};
struct Done {};

template <class T>
Task<> act(Duration start, Watched<T> work, std::shared_ptr<Outcome<T>> outcome) {
  co_await kettle::sleep(start);
  auto value = co_await work;
  outcome->value = value;
  outcome->end = kettle::Clock::now().time_since_epoch();
}
Task<> act(Duration start, Watched<void> work, std::shared_ptr<Outcome<Done>> outcome) {
  co_await kettle::sleep(start);
  co_await work;
  outcome->value = Done();
  outcome->end = kettle::Clock::now().time_since_epoch();
}

// A café on the virtual clock, and who does something in it.
class Scene {
 public:
  Scene() {
    watcher_.introduce(cafe.till, "the till");
    watcher_.introduce(cafe.safe, "the safe");
  }

  /// `name` begins with `work` at `start`.
  template <class T>
  auto begin(const char* name, Duration start, Task<T> work) {
    auto outcome = std::make_shared<Outcome<std::conditional_t<std::is_void_v<T>, Done, T>>>();
    title_ += fmt::format("{}{} comes at {}", title_.empty() ? "" : ", ", name, show(start));
    parts_.push_back({name, act(start, Watched<T>(name, std::move(work)), outcome)});
    return outcome;
  }

  /// The same for closing time, which waits for all guests that have begun so far; who begins later is no guest.
  auto begin_close_up(Duration start) {
    guests_ = parts_.size();
    auto outcome = std::make_shared<Outcome<int>>();
    title_ += fmt::format(", close_up at {}", show(start));
    close_up_ = [this, start, outcome](std::vector<kettle::JoinHandle<void>> guests) {
      return act(start, Watched<int>("close_up", mine::close_up(cafe, std::move(guests))), outcome);
    };
    return outcome;
  }

  void run() {
    // A task that is polled too often throws; the one that is joined says so, the others say nothing.
    const auto hook = kettle::on_detached_error([](const kettle::DetachedError&) {});
    play_scene();
    kettle::on_detached_error(hook);
  }

  void expect(bool holds, const std::string& expected, const std::string& happened) {
    if (!holds) fail(expected, happened);
  }
  template <class T>
  void expect_equal(const T& got, const T& wanted, const std::string& what) {
    expect(got == wanted, fmt::format("{}: {}", what, wanted), fmt::format("{}: {}", what, got));
  }

  int in_till() { return look(cafe.till, "the till"); }
  int in_safe() { return look(cafe.safe, "the safe"); }

  mine::Cafe cafe;

 private:
  void play_scene() {
    watcher_.steps.push_back("a new scene: " + title_);
    try {
      kettle::block_on(play());
    } catch (const kettle::Stuck&) {
      story::teach(
          "Whoever needs two locks takes them in the same order as everybody else, and nobody holds a lock while he "
          "waits for somebody who needs it.",
          order_section);
      const std::string who = watcher_.explain_deadlock();
      fail("everybody gets done", "nothing can move any more: " + who);
    } catch (const Restless& restless) {
      story::teach("Who waits in line is woken when it is his turn. Asking again and again is not waiting.",
                   line_section);
      watcher_.steps.resize(std::min<std::size_t>(watcher_.steps.size(), 20));
      fail("who cannot have a lock waits in line for it, asleep",
           fmt::format("{} was polled 200 times: it asks again and again", restless.who));
    }
  }

  struct Part {
    const char* name;
    Task<> work;
  };

  [[noreturn]] void fail(const std::string& expected, const std::string& happened) {
    for (const std::string& step : watcher_.steps) story::note(step);
    story::fail(expected, happened);
  }

  Task<> play() {
    std::vector<kettle::JoinHandle<void>> handles;
    std::vector<kettle::JoinHandle<void>> closing;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (close_up_ && i == guests_) closing.push_back(kettle::spawn("close_up", close_up_(std::exchange(handles, {}))));
      handles.push_back(kettle::spawn(parts_[i].name, std::move(parts_[i].work)));
    }
    if (close_up_ && closing.empty()) closing.push_back(kettle::spawn("close_up", close_up_(std::exchange(handles, {}))));
    for (auto& handle : handles) co_await handle;
    for (auto& handle : closing) co_await handle;
  }

  int look(kettle::Mutex<int>& place, const std::string& name) {
    const auto money = place.try_lock();
    expect(money.has_value(), name + " is free when all are done", "somebody still has the lock");
    return **money;
  }

  kettle::VirtualTime time_;
  Watcher watcher_;
  std::string title_;
  std::vector<Part> parts_;
  std::size_t guests_ = 0;
  std::function<Task<>(std::vector<kettle::JoinHandle<void>>)> close_up_;
};

constexpr Duration offsets[] = {0s, 500ms, 1000ms, 1500ms, 2500ms};

TEST_CASE("money goes both ways at the same time, and everybody gets done") {
  story::teach("Who needs two locks takes them in the same order as everybody else.", order_section);
  for (const Duration first : offsets) {
    for (const Duration second : offsets) {
      Scene scene;
      const auto there = scene.begin("to_safe", first, mine::to_safe(scene.cafe, 30));
      const auto back = scene.begin("to_till", second, mine::to_till(scene.cafe, 10));
      scene.run();
      scene.expect(*there->value && *back->value, "both say true: there was enough", "one says false");
      scene.expect_equal(scene.in_till(), 80, "the money in the till: 100 - 30 + 10, that is");
      scene.expect_equal(scene.in_safe(), 120, "the money in the safe: 100 + 30 - 10, that is");
    }
  }
  for (const Duration close : offsets) {
    for (const Duration move : offsets) {
      story::teach("Who needs two locks takes them in the same order as everybody else: at closing time, too.",
                   order_section);
      Scene scene;
      scene.begin("guest", 0s, mine::sell(scene.cafe, 7));
      scene.begin_close_up(close);
      scene.begin("to_safe", move, mine::to_safe(scene.cafe, 30));
      scene.run();
      story::teach("What is read before an await and written after it is old by then. Hold the lock meanwhile.",
                   value_section);
      scene.expect_equal(scene.in_till() + scene.in_safe(), 207, "all the money");
    }
  }
}

TEST_CASE("closing time waits for the last guests, who still pay") {
  story::teach("Do not hold a lock while you wait for somebody who needs it.", order_section);
  for (const Duration guest : offsets) {
    for (const Duration close : offsets) {
      Scene scene;
      scene.begin("guest 1", guest, mine::sell(scene.cafe, 7));
      scene.begin("guest 2", guest + 500ms, mine::sell(scene.cafe, 5));
      const auto takings = scene.begin_close_up(close);
      scene.run();
      scene.expect_equal(*takings->value, 112, "the takings: 100 + 7 + 5, that is");
      scene.expect_equal(scene.in_till(), 0, "the money in the till");
      scene.expect_equal(scene.in_safe(), 212, "the money in the safe");
    }
  }
}

TEST_CASE("whoever counts finds all the money, also while it moves") {
  story::teach("What belongs together is changed, and read, while all of it is locked.", value_section);
  for (const bool there : {true, false}) {
    for (const Duration first : offsets) {
      for (const Duration second : offsets) {
        Scene scene;
        if (there) {
          scene.begin("to_safe", first, mine::to_safe(scene.cafe, 30));
        } else {
          scene.begin("to_till", first, mine::to_till(scene.cafe, 10));
        }
        const auto one = scene.begin("count 1", second, mine::count(scene.cafe));
        const auto two = scene.begin("count 2", second + 1250ms, mine::count(scene.cafe));
        scene.run();
        scene.expect_equal(*one->value, 200, "what count 1 finds");
        scene.expect_equal(*two->value, 200, "what count 2 finds");
      }
    }
  }
}

TEST_CASE("no sale is lost") {
  story::teach("Between reading and writing nobody else may write: that is what the lock is held for.", value_section);
  for (const Duration first : offsets) {
    for (const Duration second : offsets) {
      Scene scene;
      scene.begin("guest 1", first, mine::sell(scene.cafe, 7));
      scene.begin("guest 2", second, mine::sell(scene.cafe, 5));
      scene.begin("guest 3", 750ms, mine::sell(scene.cafe, 3));
      scene.begin("to_safe", 250ms, mine::to_safe(scene.cafe, 50));
      scene.run();
      scene.expect_equal(scene.in_till(), 65, "the money in the till: 100 + 7 + 5 + 3 - 50, that is");
      scene.expect_equal(scene.in_safe(), 150, "the money in the safe");
    }
  }
}

TEST_CASE("a guest pays while the rent is taken from the safe") {
  story::teach("A lock keeps out those who need the same thing, and nobody else.", value_section);
  Scene scene;
  const auto rent = scene.begin("pay_rent", 0s, mine::pay_rent(scene.cafe, 80));
  const auto guest = scene.begin("guest", 1s, mine::sell(scene.cafe, 7));
  scene.run();
  scene.expect_equal(show(guest->end), std::string("2 s"), "the guest has paid at");
  scene.expect_equal(show(rent->end), std::string("5 s"), "the rent is paid at");
  scene.expect_equal(scene.in_till(), 107, "the money in the till");
  scene.expect_equal(scene.in_safe(), 20, "the money in the safe");
}

TEST_CASE("nobody takes what is not there") {
  story::teach("Looking and taking is one step: the lock is held from the one to the other.", value_section);
  for (const Duration second : offsets) {
    {
      Scene scene;
      const auto one = scene.begin("to_safe 1", 0s, mine::to_safe(scene.cafe, 80));
      const auto two = scene.begin("to_safe 2", second, mine::to_safe(scene.cafe, 80));
      scene.run();
      scene.expect(*one->value && !*two->value, "to_safe 1 says true, to_safe 2 says false: 100 is not enough for both",
                   fmt::format("to_safe 1 says {}, to_safe 2 says {}", *one->value, *two->value));
      scene.expect_equal(scene.in_till(), 20, "the money in the till");
      scene.expect_equal(scene.in_safe(), 180, "the money in the safe");
    }
    Scene scene;
    const auto rent = scene.begin("pay_rent", second, mine::pay_rent(scene.cafe, 80));
    const auto change = scene.begin("to_till", second + 250ms, mine::to_till(scene.cafe, 80));
    scene.run();
    scene.expect(*rent->value && !*change->value, "pay_rent says true, to_till says false: 100 is not enough for both",
                 fmt::format("pay_rent says {}, to_till says {}", *rent->value, *change->value));
    scene.expect_equal(scene.in_safe(), 20, "the money in the safe");
  }
  for (const int amount : {100, 101}) {
    const std::string wanted = fmt::format("{}: there is 100", amount == 100);
    const auto check = [&](Scene& scene, const char* what, const std::optional<bool>& said) {
      scene.expect(*said == (amount == 100), fmt::format("{} of {} says {}", what, amount, wanted),
                   fmt::format("it says {}", *said));
    };
    {
      Scene scene;
      const auto rent = scene.begin("pay_rent", 0s, mine::pay_rent(scene.cafe, amount));
      scene.run();
      check(scene, "pay_rent", rent->value);
      scene.expect_equal(scene.in_safe(), amount == 100 ? 0 : 100, "the money in the safe");
    }
    {
      Scene scene;
      const auto there = scene.begin("to_safe", 0s, mine::to_safe(scene.cafe, amount));
      scene.run();
      check(scene, "to_safe", there->value);
      scene.expect_equal(scene.in_till(), amount == 100 ? 0 : 100, "the money in the till");
    }
    Scene scene;
    const auto back = scene.begin("to_till", 0s, mine::to_till(scene.cafe, amount));
    scene.run();
    check(scene, "to_till", back->value);
    scene.expect_equal(scene.in_safe(), amount == 100 ? 0 : 100, "the money in the safe");
  }
}

TEST_CASE("everybody's work takes its time") {
  story::teach("A lock is not slow because somebody works while he has it. Mend the order, and keep the work.",
               order_section);
  const auto expect_end = [](Scene& scene, const char* who, Duration end, const char* wanted) {
    scene.expect_equal(show(end), std::string(wanted), fmt::format("{}, alone, comes at 0 s and is done at", who));
  };
  {
    Scene scene;
    const auto guest = scene.begin("guest", 0s, mine::sell(scene.cafe, 7));
    scene.run();
    expect_end(scene, "a guest", guest->end, "1 s");
  }
  {
    Scene scene;
    const auto there = scene.begin("to_safe", 0s, mine::to_safe(scene.cafe, 30));
    scene.run();
    expect_end(scene, "to_safe", there->end, "1 s");
  }
  {
    Scene scene;
    const auto back = scene.begin("to_till", 0s, mine::to_till(scene.cafe, 30));
    scene.run();
    expect_end(scene, "to_till", back->end, "1 s");
  }
  Scene scene;
  const auto count = scene.begin("count", 0s, mine::count(scene.cafe));
  scene.run();
  expect_end(scene, "count", count->end, "1 s");
}

TEST_CASE("who waits for a lock sleeps") {
  story::teach("Who waits in line is woken when it is his turn. Asking again and again is not waiting.", line_section);
  Scene scene;
  scene.begin("pay_rent", 0s, mine::pay_rent(scene.cafe, 10));
  scene.begin("to_safe", 500ms, mine::to_safe(scene.cafe, 30));
  scene.begin("to_till", 600ms, mine::to_till(scene.cafe, 10));
  scene.begin("count", 700ms, mine::count(scene.cafe));
  scene.run();
}

TEST_CASE("a whole day, in a hundred orders of coming") {
  story::teach("Who needs two locks takes them in the same order as everybody else.", order_section);
  std::mt19937 random(8);
  const auto some_time = [&random] { return Duration(250ms) * static_cast<int>(random() % 16); };
  for (int day = 0; day < 100; ++day) {
    Scene scene;
    scene.begin("guest 1", some_time(), mine::sell(scene.cafe, 7));
    scene.begin("to_safe", some_time(), mine::to_safe(scene.cafe, 30));
    const auto rent = scene.begin("pay_rent", some_time(), mine::pay_rent(scene.cafe, 40));
    scene.begin("to_till", some_time(), mine::to_till(scene.cafe, 10));
    scene.begin("guest 2", some_time(), mine::sell(scene.cafe, 5));
    const auto counted = scene.begin("count", some_time(), mine::count(scene.cafe));
    scene.run();
    scene.expect(*rent->value, "pay_rent says true: there was enough", "it says false");
    scene.expect_equal(scene.in_till(), 92, "the money in the till: 100 + 7 + 5 - 30 + 10, that is");
    scene.expect_equal(scene.in_safe(), 80, "the money in the safe: 100 + 30 - 10 - 40, that is");
    const std::set<int> possible = {200, 205, 207, 212, 160, 165, 167, 172};
    scene.expect(possible.contains(*counted->value), "count finds 200, plus what guests have paid, minus the rent",
                 fmt::format("it finds {}", *counted->value));
  }
}

}  // namespace
