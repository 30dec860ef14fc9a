"""What an answer under tests/exercises/ says about itself in its first comment.

A wrong answer opens with `// Mistake: ...` and one `// Fails: <test case>` line for every case it fails; one that
can only be caught by hanging or crashing adds `// Verdict: hung` or `// Verdict: crashed`.
A right answer opens with `// Shape: ...`.
"""

import re
from pathlib import Path

SPECIAL_KINDS = ("hung", "crashed")


class Header:
    """The first comment of an answer. Fields that are not there are '' or []."""

    def __init__(self, text):
        self.mistake = self.shape = self.verdict = ""
        self.fails = []
        self.unknown = []
        for line in first_comment(text):
            match = re.match(r"//\s*([A-Z]\w+):\s*(.*?)\s*$", line)
            if not match:
                continue  # a longer sentence may go on over several lines
            key, value = match.groups()
            if key == "Fails":
                self.fails.append(value)
            elif key in ("Mistake", "Shape", "Verdict"):
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
