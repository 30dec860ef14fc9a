"""The newest sound compiler is chosen, and an unsound one is named as such."""

import os
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import fakes  # noqa: E402
from course import toolchain  # noqa: E402

CLANG = "Debian clang version {} (3~deb12u1)"
GCC = "g++ (Debian {0}-14) {0}"


class Choice(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = Path(folder.name)
        self.environment = {"PATH": folder.name}

    def has(self, name, says):
        fakes.shell(self.bin / name, f"echo '{says}'")

    def chosen(self):
        with unittest.mock.patch.dict(os.environ, self.environment, clear=True):
            return toolchain.find_compiler()

    def test_the_newest_clang_by_number_comes_first(self):
        self.has("clang++-9", CLANG.format("9.0.1"))
        self.has("clang++-19", CLANG.format("19.1.7"))
        self.has("clang++-21", CLANG.format("21.1.0"))
        self.has("clang++", CLANG.format("22.0.0"))
        self.has("g++-14", GCC.format("14.2.0"))
        self.assertEqual(self.chosen().path, str(self.bin / "clang++-21"))

    def test_plain_clang_then_gcc_by_number_then_plain_gcc(self):
        self.has("g++", GCC.format("13.2.0"))
        self.assertEqual((self.chosen().path, self.chosen().version), (str(self.bin / "g++"), (13, 2, 0)))
        self.has("g++-14", GCC.format("14.2.0"))
        self.assertEqual(self.chosen().path, str(self.bin / "g++-14"))
        self.has("clang++", CLANG.format("19.1.0"))
        self.assertEqual(self.chosen().path, str(self.bin / "clang++"))

    def test_old_ones_are_refused_by_name(self):
        self.has("clang++", CLANG.format("14.0.6"))
        self.has("g++", GCC.format("12.2.0"))
        self.assertIn("14.0.6", self.chosen().problem)
        self.has("clang++", CLANG.format("19.1.0"))
        self.assertEqual(self.chosen().problem, "")

    def test_a_name_that_lies_is_not_believed(self):
        self.has("clang++-19", CLANG.format("14.0.6"))
        self.has("g++-13", GCC.format("13.3.0"))
        self.assertEqual(self.chosen().path, str(self.bin / "g++-13"))

    def test_none_at_all(self):
        self.assertIn("no C++ compiler", self.chosen().problem)

    def test_cxx_is_respected_and_blamed(self):
        self.has("clang++-19", CLANG.format("19.1.7"))
        self.has("g++-13", GCC.format("13.3.0"))
        self.has("g++-12", GCC.format("12.2.0"))
        self.environment["CXX"] = "g++-13"
        self.assertEqual(self.chosen().path, str(self.bin / "g++-13"))
        self.environment["CXX"] = "g++-12"
        self.assertRegex(self.chosen().problem, r"12\.2\.0.*too old.*CXX")
        self.environment["CXX"] = "nowhere++"
        self.assertRegex(self.chosen().problem, "CXX is set to nowhere")

    def test_other_families_and_strangers(self):
        for says, family, version, sound in (
                ("Apple clang version 17.0.0 (clang-1700.0.13.3)", "apple", (17, 0, 0), True),
                ("Apple clang version 15.0.0 (clang-1500.3.9.4)", "apple", (15, 0, 0), False),
                ("Ubuntu clang version 19.1.1 (1ubuntu1~24.04.2)", "clang", (19, 1, 1), True),
                ("g++ (GCC) 14.2.1 20240912 (Red Hat 14.2.1-3)", "gcc", (14, 2, 1), True),
                ("g++ (Ubuntu 13.2.0-23ubuntu4) 13.2.0", "gcc", (13, 2, 0), True),
                ("nvcc 12", "", (), False)):
            self.has("c++", says)
            compiler = toolchain.identify(str(self.bin / "c++"))
            self.assertEqual((compiler.family, compiler.version, not compiler.problem), (family, version, sound))


class Tools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = Path(folder.name)
        patch = unittest.mock.patch.dict(os.environ, {"PATH": folder.name}, clear=True)
        patch.start()
        self.addCleanup(patch.stop)

    def test_cmake(self):
        self.assertEqual(toolchain.find_cmake().problem, "not found")
        for version, sound in (("3.25.1", True), ("4.0.2", True), ("3.22.1", False)):
            fakes.shell(self.bin / "cmake", f"echo cmake version {version}")
            self.assertEqual((toolchain.find_cmake().found, not toolchain.find_cmake().problem), (version, sound))
        fakes.shell(self.bin / "cmake", "exit 1")
        self.assertIn("does not work", toolchain.find_cmake().problem)

    def test_ninja_under_both_names(self):
        self.assertEqual(toolchain.find_ninja().problem, "not found")
        fakes.shell(self.bin / "ninja-build", "echo 1.12.0")
        self.assertEqual(toolchain.find_ninja().found, "1.12.0")

    def test_libraries_by_prefix(self):
        header = self.bin / "include" / "doctest" / "doctest.h"
        header.parent.mkdir(parents=True)
        header.write_text("", encoding="utf-8")
        os.environ["CMAKE_PREFIX_PATH"] = f"/nowhere:{self.bin}"
        self.assertEqual(toolchain.find_library("doctest").found, str(header))

    def test_clangs_sanitizers(self):
        fakes.shell(self.bin / "clang++-19", f"echo '{self.bin}'")
        compiler = toolchain.Compiler(str(self.bin / "clang++-19"), "clang", (19, 1, 7))
        self.assertEqual(toolchain.sanitizer_missing(compiler), "libclang-rt-19-dev")
        library = self.bin / "lib" / "linux" / "libclang_rt.asan-x86_64.a"
        library.parent.mkdir(parents=True)
        library.write_text("", encoding="utf-8")
        self.assertIsNone(toolchain.sanitizer_missing(compiler))
        self.assertIsNone(toolchain.sanitizer_missing(toolchain.Compiler("g++", "gcc", (13,))))


if __name__ == "__main__":
    unittest.main()
