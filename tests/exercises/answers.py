"""What an answer under tests/exercises/ says about itself in its first comment.

A wrong answer opens with `// Mistake: ...`, `// Kind: ...` (one of KINDS) and one `// Fails: <test case>` line for
every case it fails; one that can only be caught by hanging or crashing adds `// Verdict: hung` or `// Verdict: crashed`.
A right answer opens with `// Shape: ...`.
"""

import re
from pathlib import Path

SPECIAL_KINDS = ("hung", "crashed")

# What mistakes there are, so that the kill matrix can say which kinds the course knows: name, and what it means.
KINDS = {
    "lost wake-up": "somebody sleeps on although what he waits for has come",
    "wrong waker": "another task, or nobody, is woken: an old waker, or a context of one's own",
    "wake under lock": "the waker is called while the lock is held",
    "busy loop": "polls or wakes itself again and again: no sleep, a core burns",
    "needless poll": "wakes, polls or reads more often than there is a reason to",
    "double poll": "a future is polled again after Ready, or twice where once is right",
    "blocks the thread": "waits inside a poll, and everything else stands still",
    "not awaited": "makes a future and does not await it",
    "not lazy": "begins before the first poll",
    "one after the other": "right in the end, but nothing happens at the same time",
    "missing cancel": "what is dropped, cancelled or over leaves something behind, or goes on",
    "leak": "something is never freed or given back",
    "use after destroy": "uses what has gone: a reference, an address, a moved thing",
    "shared state": "one place for all, where each needs its own",
    "works only single-threaded": "no lock where two threads meet",
    "deadlock": "two wait for each other, or one for himself",
    "unfair order": "another order than first come, first served, or than was asked for",
    "off by one": "one too few, one too many, one too early or too late",
    "ends too early": "is Ready, returns or gives up before all is done",
    "ends too late": "goes on although nobody wants more",
    "lost value": "an item, an answer or a part of the data gets lost",
    "lost error": "an exception is swallowed, replaced, or takes the wrong way",
    "no limit": "no bound, or one that is not kept",
    "wrong time": "at another time than was asked for",
    "other answer": "another answer than was asked for",
    "another task": "does not do what the exercise is about",
}


class Header:
    """The first comment of an answer. Fields that are not there are '' or []."""

    def __init__(self, text):
        self.mistake = self.kind = self.shape = self.verdict = ""
        self.fails = []
        self.unknown = []
        for line in first_comment(text):
            match = re.match(r"//\s*([A-Z]\w+):\s*(.*?)\s*$", line)
            if not match:
                continue  # a longer sentence may go on over several lines
            key, value = match.groups()
            if key == "Fails":
                self.fails.append(value)
            elif key in ("Mistake", "Kind", "Shape", "Verdict"):
                setattr(self, key.lower(), value)
            else:
                self.unknown.append(key)

    @classmethod
    def of(cls, path):
        return cls(Path(path).read_text(encoding="utf-8"))


def first_comment(text):
    """The block of // lines that a file opens with; `#pragma once` and blank lines may come before it."""
    comment = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("//"):
            comment.append(line)
        elif comment or line not in ("", "#pragma once"):
            break
    return comment
