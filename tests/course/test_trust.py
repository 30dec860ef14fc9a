"""Every future of the runtime has its scene in the test of cancellation."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = "tests/trust/cancellation_test.cpp"

CLASS = re.compile(r".*\b(?:class|struct)\s+(?:\[\[\w+\]\]\s*)?(\w+)(?:\s+final)?\s*(?:<[^{}]*>)?\s*(?::[^{}]*)?$", re.DOTALL)
POLL = re.compile(r"\bpoll\(Context&")


def futures(text):
    """The classes of a header that have a poll(Context&), in order."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", "", text, flags=re.DOTALL)
    found, open_braces, start = [], [], 0
    for match in re.finditer(r"[{};]|" + POLL.pattern, text):
        if match.group() == "{":
            named = CLASS.search(text[start:match.start()])
            open_braces.append(named.group(1) if named else None)
        elif match.group() == "}":
            open_braces.pop()
        elif match.group() != ";":
            found += [name for name in open_braces[-1:] if name is not None]
            continue
        start = match.end()
    return found


def scenes(text):
    """The futures in the table: `of::Sleep` and `of::Sleep_late` stand for Sleep."""
    table = re.search(r"#define EVERY_FUTURE\b(?:.*\\\n)*.*", text).group()
    return {name.split("_")[0] for name in re.findall(r"\bof::(\w+)", table)}


def missing(headers, table):
    """Problems, one for each future without a scene."""
    known = scenes(table)
    return [f"{path}: the future {name} has no scene; add `struct {name}` to {TABLE}, and `of::{name}` to its table"
            for path, text in headers for name in futures(text) if name not in known]


class Trust(unittest.TestCase):
    def test_every_future_has_a_scene(self):
        headers = [(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
                   for path in sorted((ROOT / "runtime" / "kettle").glob("*.hpp"))]
        self.assertIn("Sleep", [name for _, text in headers for name in futures(text)])
        problems = missing(headers, (ROOT / TABLE).read_text(encoding="utf-8"))
        self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_a_future_is_found_wherever_it_stands(self):
        text = """
            class Waker;  // struct Comment { poll(Context& c); };
            /* class Old { Poll<> poll(Context& context); }; */
            enum class Answer { yes };
            template <class F> concept Future = requires(F& f, Context& c) { f.poll(c); };
            class Outer final : public Base<int> {
             public:
              class [[nodiscard]] Inner {
                Poll<> poll(Context& context) noexcept { if (true) { return {}; } return pending; }
              };
              Poll<Output> poll(Context& context) { const char* t = "}"; return inner(context); }
              Poll<Output> poll_one(Context& context);
            };
            template <class T>
            struct [[nodiscard]] Last { Poll<T> poll(Context& context); };"""
        self.assertEqual(futures(text), ["Inner", "Outer", "Last"])

    def test_a_future_without_a_scene_is_told(self):
        headers = [("a.hpp", "class Sleep { Poll<> poll(Context& c); };"), ("b.hpp", "class Nap { Poll<> poll(Context& c); };")]
        table = "#define EVERY_FUTURE \\\n  of::Sleep_late, \\\n  of::Tick\nclang of::Nap"
        problems = missing(headers, table)
        self.assertEqual(len(problems), 1)
        self.assertRegex(problems[0], r"b\.hpp: the future Nap")


if __name__ == "__main__":
    unittest.main()
