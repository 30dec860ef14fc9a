#pragma once
// Story: what a grading test tells. Steps as they happen, and a failure that says what was expected, what happened
// instead, which rule that breaks, and where to read about it.
//
// Each step is written out at once, so that a test which hangs or crashes still shows how far it came. Thread-safe.

#include <fmt/format.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace story {

/// Ends a test case after a failed expectation. The failure is on record: catching this hides nothing.
class Failed : public std::exception {
 public:
  explicit Failed(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// Sets the rule that the expectations from here on check, and the chapter section that explains it
/// ("lessons/02-waker/README.md#waking-once"). Holds until the next call or the end of the test case.
void teach(std::string rule, std::string read);

/// Notes a step. At most 60 are kept for one test case.
void note(std::string text);

/// The same, formatted: step("poll {}: Pending", 3).
template <class... Args>
void step(fmt::format_string<Args...> format, Args&&... args) {
  note(fmt::format(format, std::forward<Args>(args)...));
}

/// Fails the test case: records the failure and throws Failed.
[[noreturn]] void fail(std::string_view expected, std::string_view happened);

/// Fails unless `holds`.
inline void expect(bool holds, std::string_view expected, std::string_view happened) {
  if (!holds) fail(expected, happened);
}

/// Fails unless the two are equal; `what` names the thing: expect_equal(polls, 2, "polls of the future").
template <class A, class B>
void expect_equal(const A& got, const B& wanted, std::string_view what) {
  if (!(got == wanted)) fail(fmt::format("{}: {}", what, wanted), fmt::format("{}: {}", what, got));
}

/// Whether this test case has failed already.
bool has_failed() noexcept;

}  // namespace story
