"""The watch once for real: the course's own first exercise, built by the real compiler, from starter to pass."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

import terminals  # noqa: E402
from course import manifest  # noqa: E402

LEFT_OUT = shutil.ignore_patterns("build", ".git", ".learn", ".cache", "__pycache__", "wrong")


class Real(unittest.TestCase):
    def test_from_starter_to_pass(self):
        if not os.environ.get("KETTLE_BUILD_DIR", "").endswith("default"):
            self.skipTest("once is enough: with the default preset")
        first = manifest.load(ROOT).exercises[0]
        with tempfile.TemporaryDirectory(prefix="kettle-watch-") as folder:
            copy = Path(folder) / "kettle"
            shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
            environment = {key: value for key, value in os.environ.items() if not key.startswith("KETTLE_")}
            environment.update(TERM="xterm", KETTLE_TEST_LIMIT="60", LC_ALL="C.UTF-8")
            subprocess.run([str(copy / "learn"), "test", first.full_id], cwd=copy, env=environment, check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            terminal = terminals.Terminal([str(copy / "learn")], copy, environment)
            self.addCleanup(terminal.close)
            terminal.expect(first.title, "expected", "happened", "read      lessons/", limit=300)
            file = copy / first.path
            starter = file.read_text(encoding="utf-8")
            file.write_text(starter.replace("#pragma once", "#pragma once\nint no_semicolon = 1", 1), encoding="utf-8")
            terminal.expect("does not compile", "error: expected ';'", "A semicolon is missing", limit=300)
            shutil.copy(copy / "solutions" / first.lesson / first.file, file)
            terminal.expect("tests pass.", "Learned: ", "Another shape: ", "1 of ", limit=300)
            terminal.type("q")
            self.assertEqual(terminal.wait(), 0)
            self.assertEqual(terminal.modes(), terminal.before)


if __name__ == "__main__":
    unittest.main()
