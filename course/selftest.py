"""./learn selftest: builds everything with one preset and runs every test of the course, through CTest.

Its last line is always of the form "N passed, N failed" (", N skipped" when some were).
"""

import shutil
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

from course import build, packages, start, toolchain
from course.errors import Stop
from course.manifest import ROOT
from course.screen import say

PRESETS = ("default", "asan", "tsan", "gcc", "release")


def _compiler(preset: str, yes: bool) -> toolchain.Compiler:
    """The preset's compiler, with what it needs installed. The gcc preset takes the system's own, sound or not."""
    start.prepare(yes)
    if preset == "gcc":
        if not shutil.which("g++"):
            packages.install(["gcc"], ["g++, for the gcc preset: not found"], yes)
        return toolchain.identify(shutil.which("g++") or "g++")
    compiler = build.compiler(preset)
    lacking = toolchain.sanitizer_missing(compiler) if preset in ("asan", "tsan") else None
    if lacking:
        packages.install([lacking], [f"{lacking}: Clang's sanitizers, for the {preset} preset"], yes)
    return compiler


def _count(report) -> tuple:
    """Passed, failed and skipped tests of CTest's JUnit report."""
    try:
        suite = xml.parse(report).getroot()
        total, failed = int(suite.get("tests", 0)), int(suite.get("failures", 0))
        skipped = int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))
    except (OSError, xml.ParseError, ValueError) as error:
        raise Stop(f"CTest left no readable report: {error}.") from error
    return total - failed - skipped, failed, skipped


def _only_starters_failed(output: str) -> bool:
    """Whether all that does not build is exercises: one that somebody is working on stops nothing else.

    Their proofs say the rest: an edited exercise is skipped, one that came broken with the course fails.
    """
    failed = [line for line in output.splitlines() if line.startswith("FAILED: ")]
    return bool(failed) and all(re.search(r"proof-[^/]*-starter\.dir/", line) for line in failed)


def run(preset: str, yes: bool) -> int:
    """The command: 0 when everything passes, 1 when a test fails; ends with 2 when it cannot be built."""
    compiler = _compiler(preset, yes)
    say(f"Building everything with {compiler}, preset {preset}. The first time this takes some minutes.")
    sys.stdout.flush()
    build.configure(preset, compiler, ("-DKETTLE_ALLOW_BROKEN_COROUTINES=ON",) if preset == "gcc" else ())
    built = build.build(["all", "proofs"], preset, doing=f"Building ({preset}) ...", keep_going=True)
    if not built.ok and not _only_starters_failed(built.output):
        raise Stop("It does not build:\n" + "\n".join(built.output.strip().splitlines()[-40:]) + built.advice)
    report = build.folder(preset) / "selftest.xml"
    report.unlink(missing_ok=True)
    subprocess.run(["ctest", "--preset", preset, "--output-on-failure", "-j2",
                    "--output-junit", str(report)], cwd=ROOT, check=False)
    passed, failed, skipped = _count(report)
    if passed + failed == 0:
        raise Stop("CTest found no test to run.")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0
