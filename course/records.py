"""Turns the records that a test program leaves behind into cases.

A test program appends one JSON object a line to the file named by KETTLE_VERDICT_FILE, flushed at once, so that
what it did is known even when it hangs or crashes:

    {"event":"start","cases":3}     (the number of cases may be left out)
    {"event":"case","name":"..."}   {"event":"step","text":"..."}   {"event":"teach","rule":"...","read":"..."}
    {"event":"fail","expected":"...","happened":"...","rule":"...","read":"..."}
    {"event":"end","passed":false}  {"event":"finish","passed":2,"failed":1}

A line that is cut off or damaged is skipped: the program may have been killed while it wrote it.
"""

import json
from dataclasses import dataclass, field
from typing import Optional

BEFORE_THE_FIRST = "before the first test"
MOST_BYTES = 4_000_000  # a loop without end may write steps without end; the rest tells nothing new


@dataclass
class Failure:
    """One expectation that did not hold. Every field is text; rule and read may be empty."""

    expected: str = ""
    happened: str = ""
    rule: str = ""
    read: str = ""


@dataclass
class Case:
    """One test. passed is None while it has not ended: there it hung, crashed or left.

    rule and read are what the test was checking last, and where to read about it.
    """

    name: str
    passed: Optional[bool] = None
    steps: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    rule: str = ""
    read: str = ""


@dataclass
class Records:
    """Everything that one run recorded. planned and finish are None when they were not recorded."""

    planned: Optional[int] = None
    cases: list = field(default_factory=list)
    finish: Optional[dict] = None


def _lines(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(MOST_BYTES)
    except OSError:
        return
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def read(path) -> Records:
    """The records in a file; none when it is not there."""
    records = Records()

    def current() -> Case:
        if not records.cases:
            records.cases.append(Case(BEFORE_THE_FIRST))
        return records.cases[-1]

    for record in _lines(path):
        event = record.get("event")
        if event == "start" and isinstance(record.get("cases"), int):
            records.planned = record["cases"]
        elif event == "case":
            records.cases.append(Case(str(record.get("name", ""))))
        elif event == "step":
            current().steps.append(str(record.get("text", "")))
        elif event == "teach":
            current().rule, current().read = str(record.get("rule") or ""), str(record.get("read") or "")
        elif event == "fail":
            current().failures.append(
                Failure(*(str(record.get(key) or "") for key in ("expected", "happened", "rule", "read"))))
        elif event == "end":
            current().passed = record.get("passed") is True and not current().failures
        elif event == "finish":
            records.finish = record
    return records
