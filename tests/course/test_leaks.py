"""A leak is told by the name of what leaked and the line that made it."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course import leaks  # noqa: E402

REPORT = """\
==7==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 32 byte(s) in 2 object(s) allocated from:
    #0 0x55 in operator new(unsigned long) ??:?
    #1 0x55 in mine::start() /home/me/exercises/05-spawn/executor.hpp:2
    #2 0x55 in main /home/me/tests/exercises/05-spawn/executor_test.cpp:9

Direct leak of 56 byte(s) in 1 object(s) allocated from:
    #0 0x55 in operator new(unsigned long) ??:?
    #1 0x55 in kettle::allocate_frame(unsigned long) /home/me/runtime/kettle/frame_allocator.hpp:17
    #2 0x55 in kettle::TaskFrame::operator new(unsigned long) /home/me/runtime/kettle/task.hpp:41
    #3 0x55 in mine::tea(int) /home/me/exercises/05-spawn/executor.hpp:7
    #4 0x55 in mine::serve() /home/me/exercises/05-spawn/executor.hpp:12

Indirect leak of 40 byte(s) in 1 object(s) allocated from:
    #0 0x55 in operator new(unsigned long) ??:?
    #1 0x55 in std::shared_ptr<mine::Node> std::make_shared<mine::Node>() /usr/include/c++/12/bits/shared_ptr.h:1009
    #2 0x55 in mine::link() /home/me/exercises/05-spawn/executor.hpp:20

Direct leak of 8 byte(s) in 1 object(s) allocated from:
    #0 0x55 in operator new(unsigned long) ??:?
    #1 0x55 in main /home/me/tests/exercises/05-spawn/executor_test.cpp:30

SUMMARY: AddressSanitizer: 96 byte(s) leaked in 4 allocation(s).
"""
SOURCE = "namespace mine {\n  auto* header = new mine::Header(1);\n}\n"


class Leaks(unittest.TestCase):
    def test_what_and_where(self):
        self.assertEqual(leaks.told(REPORT, "executor.hpp", SOURCE), [
            "a Header (and 1 more), made at executor.hpp:2 in start",
            "the frame of the coroutine tea, made at executor.hpp:12 in serve",
            "a Node, made at executor.hpp:20 in link"])

    def test_what_is_not_the_learners_is_told_when_nothing_else_is(self):
        report = REPORT[REPORT.index("Direct leak of 8"):]
        self.assertEqual(leaks.told(report, "executor.hpp"), ["something of 8 bytes, made at executor_test.cpp:30 in main"])

    def test_no_report(self):
        self.assertEqual(leaks.told("all is well", "executor.hpp"), [])

    def test_many_are_cut(self):
        block = REPORT[REPORT.index("Direct leak of 8"):REPORT.index("SUMMARY")]
        found = leaks.told("".join(block.replace(":30", f":{30 + number}") for number in range(8)), "executor.hpp")
        self.assertEqual((len(found), found[-1]), (6, "and 3 more"))


if __name__ == "__main__":
    unittest.main()
