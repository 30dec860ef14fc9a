"""Small files, each with one mistake that beginners make. Together they are one translation unit for a compiler."""

OPENING = """\
#include <kettle/task.hpp>
#include <kettle/time.hpp>
#include <memory>
using namespace std::chrono_literals;
namespace mine {
kettle::Task<int> count() { co_return 1; }
kettle::Task<> rest() { co_await kettle::sleep(1s); }
}
"""

_PROMISE = ("    Job get_return_object() { return {}; }\n", "    std::suspend_always initial_suspend() noexcept { return {}; }\n",
            "    std::suspend_always final_suspend() noexcept { return {}; }\n", "    void return_void() {}\n",
            "    void unhandled_exception() {}\n")


def _job(without="", more="", body="co_return;", opening=""):
    """A type for coroutines whose promise lacks something, or has too much."""
    promise = "".join(line for line in _PROMISE if not without or without not in line) + more
    return f"struct Job {{\n  struct promise_type {{\n{promise}  }};\n}};\n{opening}Job f() {{\n  {body}\n}}"


ERRORS = {
    "return_in_a_coroutine": "kettle::Task<int> f() {\n  co_await rest();\n  return 1;\n}",
    "value_not_awaited": "kettle::Task<int> f() {\n  int n = count();\n  co_return n;\n}",
    "task_in_arithmetic": "kettle::Task<int> f() {\n  co_return count() + 1;\n}",
    "task_for_its_value": "int f() {\n  return count();\n}",
    "await_in_a_plain_function": "int f() {\n  int n = co_await count();\n  return n;\n}",
    "lambda_without_a_type": "kettle::Task<> f() {\n  auto g = [] { co_await rest(); };\n  co_return;\n}",
    "function_without_a_type": "auto f() {\n  co_await rest();\n}",
    "await_a_number": "kettle::Task<> f() {\n  co_await 5;\n}",
    "await_a_duration": "kettle::Task<> f() {\n  co_await 2s;\n}",
    "future_without_output": "struct Wait {\n  kettle::Poll<> poll(kettle::Context&) { return kettle::pending; }\n};\n"
                             "kettle::Task<> f() {\n  Wait wait;\n  co_await wait;\n}",
    "value_from_a_void_task": "kettle::Task<> f() {\n  co_await rest();\n  co_return 5;\n}",
    "no_value_from_a_task": "kettle::Task<int> f() {\n  co_await rest();\n  co_return;\n}",
    "task_copied": "kettle::Task<> f() {\n  auto a = rest();\n  auto b = a;\n  co_await b;\n}",
    "unique_ptr_copied": "kettle::Task<int> take(std::unique_ptr<int> p) { co_return *p; }\n"
                         "kettle::Task<int> f(std::unique_ptr<int> p) {\n  co_return co_await take(p);\n}",
    "no_promise_type": "struct Job {};\nJob f() {\n  co_await rest();\n}",
    "no_return_void": _job("return_void"),
    "no_unhandled_exception": _job("unhandled"),
    "no_get_return_object": _job("get_return_object"),
    "no_initial_suspend": _job("initial_suspend"),
    "final_suspend_may_throw": _job("final_suspend", "    std::suspend_always final_suspend() { return {}; }\n"),
    "both_returns": _job("", "    void return_value(int) {}\n"),
    "awaiter_without_resume": _job("", "", "co_await Wait{};", "struct Wait {\n  bool await_ready() { return false; }\n"
                                   "  void await_suspend(std::coroutine_handle<>) {}\n};\n"),
    "value_for_a_poll": "struct Wait {\n  using Output = int;\n"
                        "  kettle::Poll<int> poll(kettle::Context&) { return 5; }\n};",
    "await_in_catch": "kettle::Task<> f() {\n  try {\n    co_await rest();\n  } catch (...) {\n    co_await rest();\n  }\n}",
    "await_in_a_default": "kettle::Task<> f(int n = co_await count()) {\n  co_return;\n}",
    "header_not_included": "kettle::Task<> f(kettle::Semaphore& permits) {\n  co_await permits.acquire();\n}",
    "misspelt": "kettle::Task<> f() {\n  co_await kettle::slep(1s);\n}",
    "semicolon": "kettle::Task<int> f() {\n  int n = co_await count()\n  co_return n;\n}",
}

# What is only warned about: seen when nothing else is wrong.
WARNINGS = {
    "not_awaited": "kettle::Task<> f() {\n  rest();\n  co_return;\n}",
    "way_without_co_return": "kettle::Task<int> f(bool yes) {\n  co_await rest();\n  if (yes) co_return 1;\n}",
}

# What stops a compiler for good: a unit of its own.
LAST = {"brace": "kettle::Task<int> f() {\n  co_return 1;\n"}

# What no compiler says anything about.
SILENT = {"capturing_lambda": "kettle::Task<int> f(int n) {\n  auto g = [&n]() -> kettle::Task<int> { co_return n; };\n"
                              "  co_return co_await g();\n}"}


def unit(cases):
    """The cases as one text for a compiler, which believes that each is a file of its own."""
    return OPENING + "".join(f'namespace mine::{name} {{\n#line 1 "{name}.hpp"\n{code}\n}}\n' for name, code in cases.items())
