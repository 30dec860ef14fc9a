"""./learn bench: hands over to tests/bench, which is loaded only when it is asked for."""

import sys

from course.manifest import ROOT


def arguments(parser) -> None:
    """The options of ./learn bench."""
    parser.add_argument("--quick", action="store_true", help="smaller and fewer runs: under three minutes")
    parser.add_argument("--only", action="append", default=[], metavar="ROW",
                        help="only rows whose name begins so; may be repeated")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--again", type=int, default=1, metavar="N", help="so many runs, and how often each promise held")
    parser.add_argument("--compare", nargs="+", metavar="FILE", help="how often each promise held in runs that were kept")
    parser.add_argument("--page", metavar="FILE", help="write the report in docs/ anew, from a run that was kept")


def run(options) -> int:
    """Measures and reports. 0: every promise that could be judged holds; 1: some do not."""
    sys.path.insert(0, str(ROOT / "tests" / "bench"))
    import bench
    return bench.run(options)
