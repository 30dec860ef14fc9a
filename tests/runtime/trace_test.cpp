// Trace: one hook for every fact, and who acts.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <kettle/trace.hpp>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace trace = kettle::trace;

// How an argument reads: a bare number, or the text, what stands between, and the number.
std::string shown(const trace::Arg& arg) {
  std::string text(arg.text);
  text += arg.between;
  if (arg.has_number) text += std::to_string(arg.number);
  return text;
}

// Receives facts as lines: `wake task=2 by=timer 1`. It takes the place of whatever sink was there.
class Facts final : public trace::Sink {
 public:
  Facts() : before_(std::exchange(trace::sink, this)) {}
  ~Facts() { trace::sink = before_; }
  Facts(const Facts&) = delete;
  Facts& operator=(const Facts&) = delete;

  void record(std::string_view fact, std::initializer_list<trace::Arg> args) override {
    std::string line(fact);
    for (const trace::Arg& arg : args) line += fmt::format(" {}={}", arg.key, shown(arg));
    lines.push_back(line);
  }

  std::vector<std::string> lines;

 private:
  trace::Sink* before_;
};

// What was written to standard output while it lived.
class CapturedOutput {
 public:
  CapturedOutput() : file_(std::tmpfile()), standard_output_(dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    dup2(fileno(file_), STDOUT_FILENO);
  }
  ~CapturedOutput() {
    restore();
    std::fclose(file_);
  }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  std::string text() {
    restore();
    std::rewind(file_);
    std::array<char, 1000> buffer;
    return std::string(buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file_));
  }

 private:
  void restore() {
    if (standard_output_ < 0) return;
    std::fflush(stdout);
    dup2(standard_output_, STDOUT_FILENO);
    close(std::exchange(standard_output_, -1));
  }
  std::FILE* file_;
  int standard_output_;
};

// --- the hook --------------------------------------------------------------------------------------------------

TEST_CASE("the trace is on while a sink is installed") {
  trace::Sink* const before = std::exchange(trace::sink, nullptr);
  CHECK_FALSE(trace::on());
  {
    const Facts facts;
    CHECK(trace::on());
  }
  CHECK_FALSE(trace::on());
  trace::sink = before;
}

TEST_CASE("every fact arrives once, in order, with its arguments") {
  Facts facts;
  trace::fact("park", {});
  trace::fact("wake", {{"task", std::uint64_t{2}}, {"by", trace::Actor{"timer", 1}}});
  trace::fact("done", {{"task", std::uint64_t{2}}, {"how", "ready"}});
  CHECK(facts.lines == std::vector<std::string>{"park", "wake task=2 by=timer 1", "done task=2 how=ready"});
}

TEST_CASE("an argument is a text, a number, or both") {
  const trace::Arg text("how", "ready");
  CHECK(shown(text) == "ready");
  CHECK_FALSE(text.has_number);

  const trace::Arg number("task", std::uint64_t{7});
  CHECK(shown(number) == "7");
  CHECK(number.text.empty());
  CHECK(trace::Arg("task", std::uint64_t{0}).has_number);

  CHECK(shown(trace::Arg("by", trace::Actor{"timer", 3})) == "timer 3");
  CHECK(shown(trace::Arg("by", trace::Actor{})) == "thread");
}

TEST_CASE("a place reads as file:line, by its path inside the repository") {
  const auto here = std::source_location::current();
  const trace::Arg at("at", here);
  CHECK(shown(at) == fmt::format("tests/runtime/trace_test.cpp:{}", here.line()));
}

// --- who acts ------------------------------------------------------------------------------------------------------

TEST_CASE("nobody in particular acts: a thread") {
  CHECK(trace::actor().kind == "thread");
  CHECK(trace::actor().number == 0);
}

TEST_CASE("Acting holds for a scope, and gives back who acted before") {
  const Facts facts;
  {
    const trace::Acting task({"task", 1});
    CHECK(trace::actor().kind == "task");
    CHECK(trace::actor().number == 1);
    {
      const trace::Acting timer({"timer", 2});
      CHECK(trace::actor().kind == "timer");
      CHECK(trace::actor().number == 2);
    }
    CHECK(trace::actor().kind == "task");
    CHECK(trace::actor().number == 1);
  }
  CHECK(trace::actor().kind == "thread");
}

TEST_CASE("Acting ends when an exception passes through") {
  const Facts facts;
  try {
    const trace::Acting task({"task", 1});
    throw 7;
  } catch (int) {
  }
  CHECK(trace::actor().kind == "thread");
}

TEST_CASE("each thread has an actor of its own") {
  const Facts facts;
  const trace::Acting task({"task", 1});
  std::string other;
  std::thread([&other] {
    other = trace::actor().kind;
    const trace::Acting timer({"timer", 5});
    other += fmt::format(", {} {}", trace::actor().kind, trace::actor().number);
  }).join();
  CHECK(other == "thread, timer 5");
  CHECK(trace::actor().kind == "task");
}

TEST_CASE("Acting does nothing while no trace is on, and gives back only what it took") {
  trace::Sink* const before = std::exchange(trace::sink, nullptr);
  {
    const trace::Acting task({"task", 1});
    CHECK(trace::actor().kind == "thread");
    const Facts facts;  // Switched on meanwhile.
    const trace::Acting timer({"timer", 2});
    CHECK(trace::actor().kind == "timer");
  }
  CHECK(trace::actor().kind == "thread");
  trace::sink = before;
}

// --- where a task waits --------------------------------------------------------------------------------------------

TEST_CASE("of several awaits in one poll the innermost is noted: it comes first") {
  trace::waiting() = {};
  CHECK_FALSE(trace::waiting().has_at);
  const auto inner = std::source_location::current();
  const auto outer = std::source_location::current();
  trace::note_await(inner);
  trace::note_await(outer);
  CHECK(trace::waiting().has_at);
  CHECK(trace::waiting().at.line() == inner.line());
  trace::waiting() = {};
  trace::note_await(outer);
  CHECK(trace::waiting().at.line() == outer.line());
  trace::waiting() = {};
}

TEST_CASE("each thread has a note of its own") {
  trace::waiting() = {};
  trace::note_await(std::source_location::current());
  bool noted_there = true;
  std::thread([&noted_there] { noted_there = trace::waiting().has_at; }).join();
  CHECK_FALSE(noted_there);
  trace::waiting() = {};
}

// --- say -----------------------------------------------------------------------------------------------------------

TEST_CASE("say prints one line, whatever is in it") {
  CapturedOutput output;
  kettle::say("tea is ready");
  kettle::say("");
  kettle::say("100 % of {it}");
  kettle::say(std::string_view("cut here, not there").substr(0, 8));
  CHECK(output.text() == "tea is ready\n\n100 % of {it}\ncut here\n");
}

TEST_CASE("say tells the trace what was printed, by which task, and where") {
  Facts facts;
  std::string printed;
  std::uint_least32_t line = 0;
  {
    CapturedOutput output;
    line = std::source_location::current().line() + 1;
    kettle::say("from no task");
    const trace::Acting task({"task", 4});
    kettle::say("from a task");
    const trace::Acting timer({"timer", 9});
    kettle::say("from a timer");
    printed = output.text();
  }
  CHECK(printed == "from no task\nfrom a task\nfrom a timer\n");
  const std::string file = "tests/runtime/trace_test.cpp";
  CHECK(facts.lines == std::vector<std::string>{
                           fmt::format("print task=0 text=from no task at={}:{}", file, line),
                           fmt::format("print task=4 text=from a task at={}:{}", file, line + 2),
                           fmt::format("print task=0 text=from a timer at={}:{}", file, line + 4),
                       });
}

}  // namespace
