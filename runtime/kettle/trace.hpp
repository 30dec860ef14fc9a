#pragma once
// Trace: the one hook that every fact of a run goes through: polls, wake-ups, timers, what was printed.
//
// A foundation, off by default: then a fact costs one predictable branch. KETTLE_TRACE=run.json records any program
// as Trace Event Format, one event a line, which Perfetto and speedscope open. Recording is thread-safe.

#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string>
#include <string_view>

namespace kettle {

/// Prints one line to standard output, and tells the trace: what a lesson's program says, and when.
void say(std::string_view line, std::source_location at = std::source_location::current());

}  // namespace kettle

namespace kettle::trace {

/// Who acts on a thread: "task" 2 while it is polled, "timer" 1 while it fires, otherwise a plain "thread".
struct Actor {
  std::string_view kind = "thread";
  std::uint64_t number = 0;
};

/// A named part of a fact: a text, a number, or both together ("timer 1", "main.cpp:12").
struct Arg {
  Arg(std::string_view k, std::string_view t) noexcept : key(k), text(t) {}
  Arg(std::string_view k, std::uint64_t n) noexcept : key(k), number(n), has_number(true) {}
  Arg(std::string_view k, Actor by) noexcept;
  Arg(std::string_view k, std::source_location at) noexcept;
  std::string_view key;
  std::string_view text;
  std::string_view between;
  std::uint64_t number = 0;
  bool has_number = false;
};

/// Receives every fact while it is installed.
class Sink {
 public:
  virtual void record(std::string_view fact, std::initializer_list<Arg> args) = 0;

 protected:
  ~Sink() = default;
};

/// Where facts go; nullptr is off. Change it only while no other thread runs.
extern constinit Sink* sink;

/// Whether facts go anywhere: ask before the arguments of a fact are put together.
inline bool on() noexcept { return sink != nullptr; }

/// Tells the sink a fact. Only while on().
inline void fact(std::string_view name, std::initializer_list<Arg> args) { sink->record(name, args); }

/// Who acts on this thread now.
Actor actor() noexcept;

/// Makes somebody the actor of this thread for a scope. While no trace is on, nobody asks, and it does nothing.
class Acting {
 public:
  explicit Acting(Actor who) noexcept : is_told_(on()) {
    if (is_told_) trade_places(outer_ = who);
  }
  ~Acting() {
    if (is_told_) trade_places(outer_);
  }
  Acting(const Acting&) = delete;
  Acting& operator=(const Acting&) = delete;

 private:
  static void trade_places(Actor& who) noexcept;  // With the actor of this thread.
  bool is_told_;
  Actor outer_;
};

/// What the running poll leaves behind when it is Pending: what it waits on, and the line of its innermost co_await.
struct Waiting {
  Actor on{"", 0};
  std::source_location at{};
  bool has_at = false;
};

/// Whether this thread is asked for such notes, without a recording: to explain why nothing goes on.
extern constinit thread_local bool asked;

/// Whether futures should write down what they wait on.
inline bool noting() noexcept { return sink != nullptr || asked; }

/// This thread's note of it. Futures write it while noting().
Waiting& waiting() noexcept;

/// The same, and clears it: for whoever polls a task.
Waiting take_waiting() noexcept;

/// "timer 1 at lessons/04-sleep/main.cpp:12".
std::string describe(const Waiting& waiting);

/// Tells the sink that a poll of `task` was Pending.
void fact_pending(std::uint64_t task, const Waiting& waiting);

/// Notes the line of a co_await that was Pending, unless one further in has already done so.
void note_await(std::source_location at) noexcept;

}  // namespace kettle::trace
