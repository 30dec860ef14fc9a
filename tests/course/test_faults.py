"""Signals and sanitizer reports become sentences with the learner's own lines."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course import faults  # noqa: E402

USE_AFTER_FREE = """\
=================================================================
==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x5566 bp 0x7ff sp 0x7fe
READ of size 4 at 0x602000000010 thread T0
    #0 0x5566aabb in mine::Countdown::poll(kettle::Context&) /home/me/kettle/exercises/01-future/countdown.hpp:34:12
    #1 0x5566aabc in main /home/me/kettle/tests/exercises/01-future/countdown_test.cpp:20:3
    #2 0x7f0000 in __libc_start_main /build/glibc/csu/libc-start.c:360

0x602000000010 is located 0 bytes inside of 4-byte region
freed by thread T0 here:
    #0 0x55 in operator delete(void*) /build/compiler-rt/lib/asan/asan_new_delete.cpp:152
    #1 0x55 in mine::Countdown::~Countdown() /home/me/kettle/exercises/01-future/countdown.hpp:40
previously allocated by thread T0 here:
    #0 0x55 in operator new(unsigned long) (/usr/bin/x+0x1234)
    #1 0x55 in mine::make() const /home/me/kettle/exercises/01-future/countdown.hpp:50:3
SUMMARY: AddressSanitizer: heap-use-after-free
"""


class Sanitizers(unittest.TestCase):
    def test_the_learners_frames_of_every_section(self):
        fault = faults.of_stderr(USE_AFTER_FREE, "countdown.hpp")
        self.assertEqual(fault.cause, "It used memory that was already freed.")
        self.assertEqual(fault.frames, ["countdown.hpp:34 in Countdown::poll",
                                        "freed: countdown.hpp:40 in Countdown::~Countdown",
                                        "allocated: countdown.hpp:50 in make"])

    def test_other_frames_when_none_is_the_learners(self):
        fault = faults.of_stderr(USE_AFTER_FREE, "other.hpp")
        self.assertEqual(fault.frames[0], "countdown.hpp:34 in Countdown::poll")

    def test_undefined_behaviour(self):
        fault = faults.of_stderr("/a/b/countdown.hpp:12:5: runtime error: signed integer overflow: 1 + 2\n", "countdown.hpp")
        self.assertEqual((fault.cause, fault.frames),
                         ("Undefined behaviour: signed integer overflow: 1 + 2.", ["countdown.hpp:12"]))

    def test_kinds(self):
        for report, word in (("AddressSanitizer: SEGV on unknown address 0x000000000000 (pc", "null pointer"),
                             ("AddressSanitizer: SEGV on unknown address 0x602000001230 (pc", "not its own"),
                             ("AddressSanitizer: attempting double-free on 0x6020", "twice"),
                             ("AddressSanitizer: stack-use-after-return on address", "already returned"),
                             ("AddressSanitizer: negative-size-param: (size=-8)", "while a loop walked over it"),
                             ("AddressSanitizer: something-new on address 0x602000001230", "something-new")):
            fault = faults.of_stderr(f"==1==ERROR: {report}\n", "x.hpp")
            self.assertIn(word, fault.cause)
            self.assertNotIn("0x6020", fault.cause.replace("0x...", ""))
        race = faults.of_stderr("WARNING: ThreadSanitizer: data race (pid=12)\n", "x.hpp")
        self.assertIn("data race", race.cause)

    def test_a_leak_is_marked_as_one(self):
        fault = faults.of_stderr("==1==ERROR: LeakSanitizer: detected memory leaks\n", "x.hpp")
        self.assertTrue(fault.is_leak)

    def test_a_leak_check_that_could_not_run_is_no_fault(self):
        text = ("==1==LeakSanitizer has encountered a fatal error.\n==1==ERROR: LeakSanitizer: x\n")
        self.assertEqual(faults.of_stderr(text, "x.hpp").cause, "")

    def test_ordinary_output_is_no_fault(self):
        self.assertEqual(faults.of_stderr("hello: runtime is fine\n", "x.hpp").cause, "")


class Words(unittest.TestCase):
    def test_functions_without_what_nobody_reads(self):
        for full, plain in {
            "mine::Sleeper<(anonymous namespace)::ScriptedParker>::park()": "Sleeper::park",
            "(anonymous namespace)::Tea<int>::Output mine::block_on<(anonymous namespace)::P, T<int> >(T<int>&)": "block_on",
            "kettle::Poll<int> mine::Map<A, int (*)(int)>::poll(kettle::Context&) const": "Map::poll",
            "mine::f(int)::{lambda(int)#1}::operator()(int) const": "f::lambda",
            "mine::f()::$_0::operator()() const": "f::lambda",
            "std::ostream& mine::operator<<(std::ostream&, mine::A)": "operator<<",
            "mine::A<int>::operator->() const": "A::operator->",
            "mine::A::operator()(int)": "A::operator()",
            "mine::A::operator bool() const": "A::operator bool",
            "operator delete(void*)": "operator delete",
            "mine::cook(int) [clone .actor]": "cook",
            "main": "main",
        }.items():
            self.assertEqual(faults.plain_function(full), plain)

    def test_signals(self):
        self.assertIn("SIGSEGV", faults.of_signal(11))
        self.assertIn("zero", faults.of_signal(8))
        self.assertIn("signal 250", faults.of_signal(250))

    def test_what_the_program_said_itself(self):
        self.assertEqual(faults.plain_stderr("one\n\nat 0x7ffd12345678\n" + USE_AFTER_FREE), ["one", "at 0x..."])
        self.assertEqual(len(faults.plain_stderr("line\n" * 100)), 8)


if __name__ == "__main__":
    unittest.main()
