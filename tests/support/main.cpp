// The main program of every test: doctest, with a listener that writes what happens as records, one JSON object a
// line, to the file that KETTLE_VERDICT_FILE names. Each record is written out before the test goes on.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS  // A crash is a crash: whoever runs the test sees the signal.
#include <doctest/doctest.h>
#include <kettle/trace.hpp>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <ostream>
#include <vector>

#include "story.hpp"

namespace {

constexpr int most_steps = 60;

std::mutex mutex;
std::FILE* records = nullptr;
unsigned planned_cases = 0;
std::string rule;
std::string read_where;
std::string steps_text;
int steps = 0;
int rules = 0;
bool failed = false;

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

void record(const std::string& line) {
  if (records == nullptr) return;
  std::fputs((line + "\n").c_str(), records);
  std::fflush(records);
}

// A recorded test tells its story as well as the facts: ./learn play shows both. A test's own sink is told facts alone.
void tell(std::string_view text) {
  static const bool is_recorded = std::getenv("KETTLE_TRACE") != nullptr;
  if (!is_recorded || !kettle::trace::on()) return;
  const kettle::trace::Actor who = kettle::trace::actor();
  kettle::trace::fact("print", {{"task", who.kind == "task" ? who.number : 0}, {"text", text}});
}

void record_failure(std::string_view expected, std::string_view happened) {
  tell(fmt::format("expected: {}", expected));
  tell(fmt::format("happened: {}", happened));
  record(fmt::format(R"({{"event":"fail","expected":{},"happened":{},"rule":{},"read":{}}})", json_text(expected),
                     json_text(happened), json_text(rule), json_text(read_where)));
}

class Records final : public doctest::IReporter {
 public:
  explicit Records(const doctest::ContextOptions& options) : options_(options) {}

  void report_query(const doctest::QueryData& query) override {
    if (query.run_stats != nullptr) planned_cases = query.run_stats->numTestCasesPassingFilters;
  }

  void test_run_start() override { record(fmt::format(R"({{"event":"start","cases":{}}})", planned_cases)); }

  void test_run_end(const doctest::TestRunStats& run) override {
    if (options_.count || options_.list_test_cases) return;
    record(fmt::format(R"({{"event":"finish","passed":{},"failed":{}}})", passed_,
                       run.numTestCasesPassingFilters - static_cast<unsigned>(passed_)));
  }

  void test_case_start(const doctest::TestCaseData& test) override {
    const std::lock_guard lock(mutex);
    rule.clear();
    read_where.clear();
    steps_text.clear();
    steps = 0;
    rules = 0;
    failed = false;
    record(fmt::format(R"({{"event":"case","name":{}}})", json_text(test.m_name)));
    tell(fmt::format("Test: {}", test.m_name));
  }

  void test_case_reenter(const doctest::TestCaseData&) override {}

  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    const bool passed = stats.failure_flags == 0 && !failed;
    if (passed) ++passed_;
    if (failed) any_hidden_failure = true;
    record(fmt::format(R"({{"event":"end","passed":{}}})", passed));
  }

  void test_case_exception(const doctest::TestCaseException& exception) override {
    if (failed) return;  // A story that failed has told it already.
    const std::lock_guard lock(mutex);
    record_failure("the test runs to its end", fmt::format("an exception left it: {}", exception.error_string.c_str()));
  }

  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}

  void log_assert(const doctest::AssertData& assertion) override {
    if (!assertion.m_failed || failed) return;
    const std::lock_guard lock(mutex);
    record_failure(assertion.m_expr, assertion.m_decomp.c_str());
  }

  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

  static inline bool any_hidden_failure = false;

 private:
  const doctest::ContextOptions& options_;
  int passed_ = 0;
};

REGISTER_LISTENER("records", 1, Records);

// Opens the file of records, and counts the test cases that are about to run: doctest does not say before the end.
void prepare_records(int argc, char** argv) {
  const char* const path = std::getenv("KETTLE_VERDICT_FILE");
  if (path == nullptr || *path == '\0') return;
  records = std::fopen(path, "a");
  std::vector<const char*> arguments(argv, argv + argc);
  arguments.push_back("--count");
  doctest::Context counting(argc + 1, arguments.data());
  std::ostream nowhere(nullptr);
  counting.setCout(&nowhere);
  counting.run();
}

}  // namespace

namespace story {

void teach(std::string new_rule, std::string read) {
  const std::lock_guard lock(mutex);
  if (new_rule == rule && read == read_where) return;
  rule = std::move(new_rule);
  read_where = std::move(read);
  if (++rules > most_steps) return;
  record(fmt::format(R"({{"event":"teach","rule":{},"read":{}}})", json_text(rule), json_text(read_where)));
}

void note(std::string text) {
  const std::lock_guard lock(mutex);
  if (failed || ++steps > most_steps) return;  // What a failed test destroys on its way out is no step of it.
  if (steps == most_steps) text = "(and so on: more steps are not shown)";
  steps_text += "\n    " + text;
  record(fmt::format(R"({{"event":"step","text":{}}})", json_text(text)));
  tell(text);
}

void fail(std::string_view expected, std::string_view happened) {
  const std::lock_guard lock(mutex);
  if (!failed) record_failure(expected, happened);
  failed = true;
  throw Failed(fmt::format("\n  expected: {}\n  happened: {}\n  steps:{}\n  rule: {}\n  read: {}", expected, happened,
                           steps_text, rule, read_where));
}

bool has_failed() noexcept {
  const std::lock_guard lock(mutex);
  return failed;
}

}  // namespace story

int main(int argc, char** argv) {
  prepare_records(argc, argv);
  doctest::Context context(argc, argv);
  context.setOption("no-intro", true);
  const int status = context.run();
  if (context.shouldExit()) return status;
  return status != 0 || Records::any_hidden_failure ? 1 : 0;
}
