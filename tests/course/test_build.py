"""Building: what takes too long is stopped with everything it started, and what was said is kept."""

import os
import sys
import tempfile
import time
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import fakes  # noqa: E402
from course import build  # noqa: E402
from course.errors import Stop  # noqa: E402


class Build(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for patch in (unittest.mock.patch.object(build, "ROOT", self.root),
                      unittest.mock.patch.object(build, "FOLDER", self.root / ".learn"),
                      unittest.mock.patch.dict(os.environ, {"PATH": f"{self.root}:/usr/bin:/bin"})):
            patch.start()
            self.addCleanup(patch.stop)

    def cmake(self, text):
        fakes.shell(self.root / "cmake", text)

    def test_a_compiler_without_end_is_stopped(self):
        self.cmake("echo begun; sleep 60 & sleep 60")
        started = time.monotonic()
        built = build.build(["x"], limit=0.5)
        self.assertLess(time.monotonic() - started, 10)
        self.assertEqual((built.ok, built.too_long, built.output), (False, True, "begun\n"))

    def test_the_output_is_kept(self):
        self.cmake('echo "$@"; echo wrong >&2; exit 1')
        built = build.build(["x", "y"])
        self.assertEqual((built.ok, built.too_long, built.log), (False, False, ".learn/build.log"))
        self.assertEqual((self.root / built.log).read_text(encoding="utf-8"),
                         f"--build {self.root}/build/default --target x y\nwrong\n")

    def test_a_repository_that_cannot_be_written_still_builds(self):
        self.cmake("echo fine")
        (self.root / ".learn").write_text("a file where the folder should be", encoding="utf-8")
        built = build.build(["x"])
        self.assertEqual((built.ok, built.log), (True, ""))

    def test_no_cmake(self):
        with unittest.mock.patch.dict(os.environ, {"PATH": str(self.root)}), self.assertRaisesRegex(Stop, "./learn doctor"):
            build.build(["x"])


if __name__ == "__main__":
    unittest.main()
