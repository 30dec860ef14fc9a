"""The shell script that finds Python, on machines with none or only an old one."""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import fakes  # noqa: E402


class Script(unittest.TestCase):
    def setUp(self):
        self.repository = fakes.Repository()
        self.addCleanup(self.repository.remove)
        self.python = self.repository.bin / "python3"

    def test_it_is_clean(self):
        if not shutil.which("shellcheck"):
            self.skipTest("shellcheck is not installed")
        done = subprocess.run(["shellcheck", str(fakes.ROOT / "learn")], stdout=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_a_newer_python_beside_an_old_one(self):
        self.python.rename(self.repository.bin / "python3.12")
        fakes.script(self.python, "import sys; sys.exit(1)")
        self.assertEqual(self.repository.learn("list").returncode, 0)

    def test_no_python_and_no_apt(self):
        self.python.unlink()
        done = self.repository.learn("list")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Python 3.9 or newer", done.stderr)

    def test_python_is_installed_like_everything_else(self):
        hidden = self.repository.bin / "hidden"
        self.python.rename(hidden)
        (self.repository.bin / "apt-get").write_text(
            f'#!/bin/sh\necho "ran $*"\nif [ "$1" = install ]; then /bin/mv "{hidden}" "{self.python}"; fi\n', encoding="utf-8")
        (self.repository.bin / "apt-get").chmod(0o755)
        (self.repository.bin / "sudo").write_text(
            '#!/bin/sh\n[ "$1" = -n ] && shift\n[ "$1" = true ] || exec "$@"\n', encoding="utf-8")
        (self.repository.bin / "sudo").chmod(0o755)
        done = self.repository.learn("list")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("ran update", done.stdout)
        self.assertIn("ran install -y --no-install-recommends python3", done.stdout)
        self.assertIn("3 exercises", done.stdout)

    @unittest.skipIf(os.geteuid() == 0, "root may install")
    def test_without_the_right_to_install(self):
        self.python.unlink()
        fakes.script(self.repository.bin / "apt-get", "")
        done = self.repository.learn("list")
        self.assertEqual(done.returncode, 2)
        self.assertIn("apt-get install", done.stderr)


if __name__ == "__main__":
    unittest.main()
