"""./learn, ./learn doctor and ./learn selftest: making ready, and saying what is wrong."""

import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fakes import COURSE, CommandTest, script  # noqa: E402


# A compiler whose programs all say the same.
COMPILER = r"""
import os, sys
if "--version" in sys.argv: sys.exit(print("Debian clang version 19.1.7 (3~deb12u1)"))
if "-print-resource-dir" in sys.argv: sys.exit(print(os.path.dirname(sys.argv[0])))
output = sys.argv[sys.argv.index("-o") + 1]
open(output, "w").write("#!/bin/sh\necho SAYS\n")
os.chmod(output, 0o755)
"""


class Start(CommandTest):
    def test_first_and_second_time(self):
        first = self.learn().stdout
        for words in ("This is done once.", "water on, clock virtual", "Kettle: 0 of 3 exercises done, 0 of 20 points.",
                      "You are at lesson 1, Future. A recipe card.", "Next: ./learn test 01-future/countdown"):
            self.assertIn(words, first)
        self.assertLess(first.index("The program of lesson"), first.index("water on"))
        started = time.monotonic()
        self.assertNotIn("done once", self.learn().stdout)
        self.assertLess(time.monotonic() - started, 2)
        self.assertEqual(self.repository.log.count("--preset"), 1)

    def test_everything_done(self):
        for lesson in COURSE["lessons"]:
            for exercise in lesson["exercises"]:
                self.repository.write(f"exercises/{lesson['id']}/{exercise['file']}", "PASS")
            self.learn("test", lesson["id"])
        self.assertIn("Every exercise passes.", self.learn().stdout)

    def test_what_is_missing_is_installed(self):
        (self.repository.bin / "cmake").rename(self.repository.bin / "hidden")
        script(self.repository.bin / "apt-get", f"""
import os, sys
with open(os.environ["FAKE_LOG"], "a") as log: log.write("apt-get " + " ".join(sys.argv[1:]) + "\\n")
if "install" in sys.argv: os.rename({str(self.repository.bin / 'hidden')!r}, {str(self.repository.bin / 'cmake')!r})
""")
        script(self.repository.bin / "sudo", "import os, sys\nrest = [x for x in sys.argv[1:] if x != '-n']\n"
                     "sys.exit(0) if rest == ['true'] else os.execvp(rest[0], rest)\n")
        script(self.repository.bin / "true", "")
        text = self.learn("--yes").stdout
        self.assertIn("cmake: not found", text)
        self.assertIn("--no-install-recommends cmake", text)
        self.assertIn("Next: ./learn test", text)
        self.assertIn("apt-get install -y --no-install-recommends cmake", self.repository.log)

    def test_a_system_without_apt_is_told(self):
        (self.repository.bin / "cmake").unlink()
        self.assertIn("your system's package manager", self.learn(status=2).stderr)

    def test_an_unsound_cxx_is_named(self):
        self.repository.compiler("g++-12", "g++ (Debian 12.2.0-14) 12.2.0")
        self.assertIn("CXX", self.learn(status=2, CXX="g++-12").stderr)
        self.assertIn("too old", self.learn("test", "countdown", status=2, CXX="g++-12").stderr)

    def test_another_cxx_configures_anew(self):
        self.learn("test", "countdown", status=1)
        self.repository.compiler("g++-13", "g++ (Debian 13.2.0-14) 13.2.0")
        self.learn("test", "countdown", status=1, CXX="g++-13")
        self.learn("test", "countdown", status=1)
        configures = [line for line in self.repository.log.splitlines() if "--preset" in line]
        self.assertEqual(len(configures), 2)
        self.assertIn("--fresh", configures[1])
        self.assertIn("g++-13", configures[1])

    def test_a_repository_that_was_moved_configures_anew(self):
        self.learn("test", "countdown", status=1)
        moved = self.repository.root.with_name("elsewhere")
        self.repository.root.rename(moved)
        self.repository.root = moved
        self.learn("test", "countdown", status=1)
        self.assertIn("--fresh", self.repository.log)

    def test_a_configure_that_fails_is_explained(self):
        done = self.learn("test", "countdown", status=2, FAKE_CONFIGURE_FAILS="1")
        self.assertIn("it miscompiles coroutines", done.stderr)
        self.assertNotIn("so far so good", done.stderr)


class Doctor(CommandTest):
    def test_all_is_well(self):
        text = self.learn("doctor").stdout
        self.assertRegex(text, r"\u2713 compiler +clang\+\+-19 \(Clang 19\.1\.7\)")
        self.assertIn("coroutines are sound", text)
        self.assertIn("All is well.", text)

    def test_the_surroundings(self):
        text = self.learn("doctor").stdout
        for words in ("GB free", "files and machine agree", "can be saved in .learn"):
            self.assertIn(words, text)
        runtime = self.repository.bin / "lib" / "linux" / "libclang_rt.asan.a"
        runtime.parent.mkdir(parents=True)
        runtime.write_text("", encoding="utf-8")
        fakes = {"'detected memory leaks'": "memory errors and leaks are found",
                 "'LeakSanitizer has encountered a fatal error'": "start the container with --cap-add SYS_PTRACE"}
        for says, told in fakes.items():
            with self.subTest(says):
                script(self.repository.bin / "clang++-19", COMPILER.replace("SAYS", says))
                text = self.learn("doctor").stdout
                self.assertIn(told, text)
        script(self.repository.bin / "clang++-19", COMPILER.replace("SAYS", "'FATAL: unexpected memory mapping'; exit 66"))
        self.assertIn("sudo sysctl vm.mmap_rnd_bits=28", self.learn("doctor").stdout)

    def test_a_clangd_that_is_too_old(self):
        for version, told in (("14.0.6", "14.0.6 is too old for C\\+\\+23"), ("19.1.7", "\u2713 clangd +19.1.7")):
            script(self.repository.bin / "clangd", f"print('Debian clangd version {version}')")
            text = self.learn("doctor").stdout  # a warning: the course does without
            self.assertRegex(text, told)
            self.assertIn("All is well.", text)

    def test_what_is_missing_comes_with_its_remedy(self):
        (self.repository.bin / "ninja").unlink()
        script(self.repository.bin / "apt-get", "")
        text = self.learn("doctor", status=2).stdout
        self.assertRegex(text, "\u2717 ninja +not found\n +mend it with: .*ninja-build")
        self.assertIn("not looked at yet", text)

    def test_a_compiler_that_the_probe_refuses(self):
        text = self.learn("doctor", status=2, FAKE_CONFIGURE_FAILS="1").stdout
        self.assertIn("it miscompiles coroutines", text)


class Selftest(CommandTest):
    REPORT = '<testsuite name="x" tests="{}" failures="{}" disabled="0" skipped="{}"></testsuite>'

    def test_counts_and_status(self):
        for counts, line, status in (((9, 0, 0), "9 passed, 0 failed", 0), ((9, 2, 1), "6 passed, 2 failed, 1 skipped", 1)):
            done = self.learn("selftest", status=status, FAKE_REPORT=self.REPORT.format(*counts))
            self.assertEqual(done.stdout.splitlines()[-1], line)
        self.assertIn("--target all proofs", self.repository.log)
        self.assertIn("ctest --preset default", self.repository.log)

    def test_the_gcc_preset_takes_the_system_gcc(self):
        self.repository.compiler("g++", "g++ (Debian 12.2.0-14) 12.2.0")
        self.learn("selftest", "--preset", "gcc", FAKE_REPORT=self.REPORT.format(1, 0, 0))
        self.assertIn(f"--preset gcc -DCMAKE_CXX_COMPILER={self.repository.bin}/g++ -DKETTLE_ALLOW_BROKEN_COROUTINES=ON",
                      self.repository.log)

    def test_an_exercise_that_does_not_compile_stops_nothing_else(self):
        done = self.learn("selftest", status=0, FAKE_REPORT=self.REPORT.format(3, 0, 1),
                          FAKE_BROKEN_PROOF="proof-01-future-countdown-starter")
        self.assertEqual(done.stdout.splitlines()[-1], "2 passed, 0 failed, 1 skipped")
        self.learn("selftest", status=2, FAKE_REPORT=self.REPORT.format(3, 0, 0),
                   FAKE_BROKEN_PROOF="proof-01-future-countdown-right-other")

    def test_what_cannot_be_judged(self):
        self.learn("selftest", status=2, FAKE_REPORT="no xml")
        self.learn("selftest", status=2, FAKE_REPORT=self.REPORT.format(0, 0, 0))
        self.learn("selftest", status=2, FAKE_CONFIGURE_FAILS="1")
        self.learn("selftest", "--preset", "odd", status=2)


if __name__ == "__main__":
    unittest.main()
