"""Installing: the right packages, the exact command shown first, nothing without the right to."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import fakes  # noqa: E402
from course import packages  # noqa: E402
from course.errors import Stop  # noqa: E402

APT = r"""
import os, sys
with open(os.environ["FAKE_LOG"], "a") as log: log.write("apt-get " + " ".join(sys.argv[1:]) + "\n")
if sys.argv[1] == "update": open(os.environ["FAKE_LISTS"] + "/x_Packages", "w")
fails = os.environ.get("FAKE_FAILS", "")
sys.exit(100 if sys.argv[1] == "install" and (fails == "always" or fails == "old" and not os.path.exists(
    os.environ["FAKE_LISTS"] + "/x_Packages")) else 0)
"""


class Machine(unittest.TestCase):
    """A machine with stand-ins for apt-get and sudo. Everything it installs goes to a log."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "lists").mkdir()
        (self.folder / "bin").mkdir()
        fakes.script(self.folder / "bin" / "apt-get", APT)
        (self.folder / "bin" / "env").symlink_to("/usr/bin/env")
        self.release("debian", "12")
        self.patch(os.environ, PATH=str(self.folder / "bin"), FAKE_LOG=str(self.folder / "log"),
                   FAKE_LISTS=str(self.folder / "lists"))
        for name, value in (("OS_RELEASE", str(self.folder / "os-release")), ("APT_LISTS", str(self.folder / "lists"))):
            self.replace(packages, name, value)
        self.user(0)

    def patch(self, target, **values):
        patch = unittest.mock.patch.dict(target, values)
        patch.start()
        self.addCleanup(patch.stop)

    def replace(self, owner, name, value):
        patch = unittest.mock.patch.object(owner, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def user(self, number):
        self.replace(packages.os, "geteuid", lambda: number)

    def release(self, name, version):
        (self.folder / "os-release").write_text(f'ID={name}\nVERSION_ID="{version}"\n', encoding="utf-8")

    def has_lists(self, gcc=None):
        (self.folder / "lists" / "y_Packages.lz4").write_text("", encoding="utf-8")
        if gcc:
            fakes.script(self.folder / "bin" / "apt-cache", f"print('g++:\\n  Candidate: 4:{gcc}-1')")

    def sudo(self, allowed):
        fakes.script(self.folder / "bin" / "sudo",
                     "import os, sys\nif not " + repr(allowed) + ": sys.exit(1)\n"
                     "rest = [each for each in sys.argv[1:] if each != '-n']\n"
                     "sys.exit(0) if rest == ['true'] else os.execvp(rest[0], rest)\n")

    def install(self, missing, yes=False, answer=None):
        """Installs; the printed text. With an answer there is a terminal on which it is typed."""
        self.replace(packages, "can_ask", lambda: answer is not None)
        stdin = io.StringIO((answer or "") + "\n")
        stdin.isatty = lambda: answer is not None
        out = io.StringIO()
        with unittest.mock.patch("sys.stdin", stdin), contextlib.redirect_stdout(out):
            packages.install(missing, ["something: not found"], yes)
        return out.getvalue()

    @property
    def log(self):
        path = self.folder / "log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


class Packages(Machine):
    def test_debian_12_gets_clang_with_its_sanitizers(self):
        self.assertEqual(packages.compiler_packages(), ["clang-19", "libclang-rt-19-dev"])
        self.has_lists("12.2.0")
        self.assertEqual(packages.compiler_packages(), ["clang-19", "libclang-rt-19-dev"])

    def test_newer_systems_get_gcc(self):
        for name, version in (("debian", "13"), ("ubuntu", "24.04"), ("debian", "")):
            self.release(name, version)
            self.assertEqual(packages.compiler_packages(), ["g++"])
        self.release("debian", "12")
        self.has_lists("13.2.0")
        self.assertEqual(packages.compiler_packages(), ["g++"])

    def test_everything(self):
        self.assertEqual(packages.apt_packages(["compiler", "cmake", "ninja", "doctest", "fmt", "libclang-rt-19-dev"]),
                         ["clang-19", "libclang-rt-19-dev", "cmake", "ninja-build", "doctest-dev", "libfmt-dev",
                          "libclang-rt-19-dev"])


class Installing(Machine):
    def test_the_exact_command_is_shown_and_run(self):
        text = self.install(["cmake", "fmt"])
        command = "apt-get install -y --no-install-recommends cmake libfmt-dev"
        self.assertIn(f"apt-get update && env DEBIAN_FRONTEND=noninteractive {command}", text)
        self.assertEqual(self.log, ["apt-get update", command])

    def test_no_update_where_the_lists_are_there(self):
        self.has_lists()
        self.install(["cmake"])
        self.assertEqual(self.log, ["apt-get install -y --no-install-recommends cmake"])

    def test_old_lists_are_brought_up_to_date_once(self):
        self.has_lists()
        self.patch(os.environ, FAKE_FAILS="old")
        self.install(["cmake"])
        self.assertEqual([line.split()[1] for line in self.log], ["install", "update", "install"])

    def test_a_failure_is_reported_after_one_more_try(self):
        self.has_lists()
        self.patch(os.environ, FAKE_FAILS="always")
        with self.assertRaisesRegex(Stop, "command failed"):
            self.install(["cmake"])
        self.assertEqual([line.split()[1] for line in self.log], ["install", "update", "install"])

    def test_a_terminal_is_asked(self):
        self.install(["cmake"], answer="")
        self.assertEqual(len(self.log), 2)
        self.install(["cmake"], answer="Yes")
        self.assertEqual(len(self.log), 3)
        with self.assertRaisesRegex(Stop, "Nothing was installed"):
            self.install(["cmake"], answer="n")
        self.assertEqual(len(self.log), 3)

    def test_yes_asks_nobody(self):
        self.install(["cmake"], yes=True, answer="n")
        self.assertEqual(len(self.log), 2)

    def test_without_the_right_to_install_the_command_is_told(self):
        self.user(1000)
        for allowed in (None, False):
            if allowed is not None:
                self.sudo(allowed)
            with self.assertRaises(Stop) as caught:
                self.install(["cmake"])
            self.assertIn("apt-get install -y --no-install-recommends cmake", str(caught.exception))
        self.assertEqual(self.log, [])

    def test_sudo_where_it_works(self):
        self.user(1000)
        self.sudo(True)
        self.assertIn("sudo -n apt-get update && sudo -n env DEBIAN", self.install(["cmake"]))
        self.assertEqual(len(self.log), 2)

    def test_other_systems_are_told_their_command(self):
        (self.folder / "bin" / "apt-get").unlink()
        with self.assertRaisesRegex(Stop, "your system's package manager"):
            self.install(["cmake"])
        fakes.script(self.folder / "bin" / "brew", "")
        with self.assertRaisesRegex(Stop, r"brew install llvm cmake(.|\n)*CXX"):
            self.install(["compiler", "cmake"])
        fakes.script(self.folder / "bin" / "dnf", "")
        with self.assertRaisesRegex(Stop, "dnf install gcc-c\\+\\+ ninja-build"):
            self.install(["compiler", "ninja"])


if __name__ == "__main__":
    unittest.main()
