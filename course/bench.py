"""./learn bench: hands over to tests/bench, which is loaded only when it is asked for."""

import sys

from course.manifest import ROOT


def arguments(parser) -> None:
    """The options of ./learn bench."""
    parser.add_argument("--quick", action="store_true", help="smaller and fewer runs: under three minutes")
    parser.add_argument("--only", action="append", default=[], metavar="ROW",
                        help="only rows whose name begins so; may be repeated")
    parser.add_argument("--json", action="store_true", help="the report as JSON")


def run(quick: bool, only: list, as_json: bool) -> int:
    """Measures and reports. 0: every promise that could be judged holds; 1: some do not."""
    sys.path.insert(0, str(ROOT / "tests" / "bench"))
    import bench
    return bench.run(quick, only, as_json)
