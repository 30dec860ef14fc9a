"""What was measured, and as text for a terminal of 80 columns."""

from dataclasses import dataclass, field

import growth
import judge
import machine
from table import KETTLE

WIDTH = 80
_FIRST, _COLUMN = 23, 8


@dataclass
class Report:
    """Everything that one run of the bench has found."""

    table: object
    machine: dict
    runs: int
    quick: bool
    results: dict = field(default_factory=dict)  # {row's id: {peer's id: Samples}}
    growth: dict = field(default_factory=dict)  # {row's id: {peer's id: Curve}}
    skipped: list = field(default_factory=list)  # sentences: who did not take part, and why
    counter: str = ""
    seconds: float = 0.0  # how long all of it took, without building

    def rows(self, kind) -> list:
        return [row for row in self.table.of_kind(kind) if row.id in self.results]

    def peers(self, kind) -> list:
        """The peers that have a figure in some row of this kind, in the order of the table."""
        there = {peer for row in self.rows(kind) for peer, samples in self.results[row.id].items() if samples.values}
        return [peer for peer in self.table.peers if peer.id in there]

    def verdicts(self, row) -> list:
        return judge.judge(row, self.results, self.table.titles)

    def judged(self) -> list:
        """(row, verdict) of every promise that could be judged; aims beyond a promise are none."""
        return [(row, verdict) for row in self.table.rows for verdict in self.verdicts(row)
                if not verdict.promise.reach and verdict.holds is not None]


def number(value) -> str:
    """A figure in at most six characters."""
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def wrap(words: str, indent: str = "  ") -> list:
    """Lines of at most WIDTH columns."""
    lines, line = [], indent
    for word in words.split():
        if len(line) + len(word) + 1 > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    return lines + [line.rstrip()]


def folded(line: str, column: int) -> list:
    """A line whose first columns stay, and whose rest is wrapped beside them."""
    first, *more = wrap(line[column:], " " * column)
    return [line[:column] + first[column:], *more]


# ---------------------------------------------------------------- terminal


def _cells(row, peers, found, value) -> str:
    return "".join(f"{value(found[peer.id]) if peer.id in found and found[peer.id].values else '-':>{_COLUMN}}"
                   for peer in peers)


def _verdict_lines(row, verdicts) -> list:
    lines = []
    for each in verdicts:
        told = "" if each.holds is None else f" is {number(each.value)} [{number(each.low)}, {number(each.high)}]"
        if each.instructions:
            told += f", in instructions {number(each.instructions)}"
        kind = "aim" if each.promise.reach else "promise"
        stands = f" (for {each.promise.stands_for.split(' (')[0]})" if each.promise.stands_for else ""
        lines += wrap(f"{kind} {each.words}{stands}{told}: {each.answer}", "    ")
    return lines


def _block(report, row, peers) -> list:
    found = report.results[row.id]
    lines = [f"  {row.title} ({row.unit})",
             f"{'  ' + row.id:<{_FIRST}}" + _cells(row, peers, found, lambda samples: number(samples.median)),
             f"{'    spread':<{_FIRST}}" + _cells(row, peers, found, lambda samples: f"{100 * samples.spread:.0f} %")]
    if any(found[peer.id].instructions for peer in peers if peer.id in found):
        lines.append(f"{'    instructions':<{_FIRST}}" + _cells(
            row, peers, found, lambda samples: number(samples.instructions) if samples.instructions else "-"))
    if any(found[peer.id].disturbed for peer in peers if peer.id in found):
        lines.append(f"{'    disturbed runs':<{_FIRST}}" + _cells(row, peers, found, lambda samples: str(samples.disturbed or "")))
    failed = [f"    {peer} failed: {samples.failure}" for peer, samples in found.items() if samples.failure]
    return lines + [line for each in failed for line in wrap(each, "    ")] + _verdict_lines(row, report.verdicts(row))


def _heading(words, peers) -> str:
    return f"{words:<{_FIRST}}" + "".join(f"{peer.title:>{_COLUMN}}" for peer in peers)


def text(report) -> str:
    """The whole report for a terminal."""
    about = report.machine
    lines = wrap(f"{about['processor']}, {about['processors']} processors, {about['memory']}, {about['system']}, "
                 f"{about['compiler']}, " + ", ".join(f"{name} {version}" for name, version in about["peers"].items()), "")
    for sentence in report.skipped:
        lines += wrap(sentence, "")
    for kind, words in (("rows", "a unit, median"), ("servers", "CPU a request (us)"), ("learner", "for the learner (s)")):
        peers = report.peers(kind)
        if not peers:
            continue
        lines += ["", _heading(words, peers)]
        for row in report.rows(kind):
            lines += _block(report, row, peers)
            if kind == "servers" and not report.quick:  # Many lines: the page's, and the data's.
                lines += _server_lines(report, row)
    lines += _growth_lines(report) + [""] + doubts(report) + summary(report)
    return "\n".join(lines) + "\n"


def _server_lines(report, row) -> list:
    lines = []
    for peer, samples in report.results[row.id].items():
        if not samples.values or not samples.extra[0]:
            continue
        middle = samples.extra[len(samples.extra) // 2]
        for load, told in middle.items():
            lines += wrap(f"{report.table.titles[peer]}, {load}: {told['per_second']:.0f} requests/s, p50 {number(told['p50_us'])}"
                          f" us, p99 {number(told['p99_us'])}, p99.9 {number(told['p999_us'])}", "    ")
    return lines


def _growth_lines(report) -> list:
    lines = []
    for row in report.table.of_kind("growth"):
        if row.id not in report.growth:
            continue
        lines += wrap(row.title, "  ")
        for peer, curve in report.growth[row.id].items():
            label = f"  {row.id}" if peer == KETTLE else f"    {report.table.titles[peer]}"
            costs = dict(curve.points)
            cells = "".join(f"{number(costs[size]) if size in costs else '-':>{_COLUMN}}" for size in growth.SIZES)
            lines.append(f"{label:<{_FIRST}}{cells}")
            # One quick run of the clock is too little for a word.
            told = (curve.slower if report.quick else curve.told) or curve.failure or "not measured"
            lines += wrap(f"{report.table.titles[peer]}: {told}", "    ")
    heading = f"{'growth: ns an operation':<{_FIRST}}" + "".join(f"{short(size):>{_COLUMN}}" for size in growth.SIZES)
    return ["", heading, *lines] if lines else []


def short(size: int) -> str:
    return f"{size // 10 ** 6}M" if size >= 10 ** 6 else f"{size // 1000}k" if size >= 1000 else str(size)


def summary(report) -> list:
    """How many promises hold, and a line for each that does not."""
    judged = report.judged()
    broken = [(row, verdict) for row, verdict in judged if not verdict.holds]
    lines = [f"{len(judged) - len(broken)} of {len(judged)} promises that could be judged hold." + (" Not:" if broken else "")]
    for row, verdict in broken:
        told = f"{number(verdict.value)}, promised {verdict.words}"
        if verdict.instructions:
            told += f"; in instructions {number(verdict.instructions)}"
        lines += folded(f"  {row.id:<{_FIRST - 2}}{told}", _FIRST)
    return lines


def doubts(report) -> list:
    """How far the figures can be trusted."""
    disturbed = sum(samples.disturbed for found in report.results.values() for samples in found.values())
    if not disturbed:
        return []
    return wrap(f"In {disturbed} runs others used more than {100 * machine.MOST_OTHERS:.0f} % of the machine: their "
                "times say little. Ratios are of neighbouring runs; instructions are not disturbed.", "")
