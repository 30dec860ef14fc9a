"""What was measured, as text for a terminal of 80 columns, as data, and as a page for the book."""

from dataclasses import dataclass, field

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
    growth: dict = field(default_factory=dict)  # {row's id: [(size, nanoseconds)]}
    skipped: list = field(default_factory=list)  # sentences: who did not take part, and why
    counter: str = ""

    def rows(self, kind) -> list:
        return [row for row in self.table.of_kind(kind) if row.id in self.results]

    def peers(self, kind) -> list:
        """The peers that have a figure in some row of this kind, in the order of the table."""
        there = {peer for row in self.rows(kind) for peer, samples in self.results[row.id].items() if samples.values}
        return [peer for peer in self.table.peers if peer.id in there]

    def verdicts(self, row) -> list:
        return judge.judge(row, self.results, self.table.titles)


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
            if kind == "servers":
                lines += _server_lines(report, row)
    lines += _growth_lines(report) + [""] + summary(report)
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
    if not report.growth:
        return []
    sizes = [size for size, _ in next(iter(report.growth.values()))]
    lines = ["", f"{'growth: ns an operation':<{_FIRST}}" + "".join(f"{short(size):>{_COLUMN}}" for size in sizes)]
    for row in report.table.of_kind("growth"):
        if row.id in report.growth:
            lines.append(f"  {row.title}")
            lines.append(f"{'  ' + row.id:<{_FIRST}}" + "".join(f"{number(value):>{_COLUMN}}" for _, value in report.growth[row.id]))
    return lines


def short(size: int) -> str:
    return f"{size // 10 ** 6}M" if size >= 10 ** 6 else f"{size // 1000}k" if size >= 1000 else str(size)


def summary(report) -> list:
    """How many promises hold, and the names of those that do not."""
    judged = [(row, verdict) for row in report.table.rows for verdict in report.verdicts(row)
              if not verdict.promise.reach and verdict.holds is not None]
    broken = list(dict.fromkeys(row.id for row, verdict in judged if not verdict.holds))
    lines = wrap(f"{sum(verdict.holds for _, verdict in judged)} of {len(judged)} promises that could be judged hold"
                 + (f". Not: {', '.join(broken)}." if broken else "."), "")
    disturbed = sum(samples.disturbed for found in report.results.values() for samples in found.values())
    if disturbed:
        lines += wrap(f"In {disturbed} runs others used more than {100 * machine.MOST_OTHERS:.0f} % of the machine: their "
                      "times say little. Ratios are of neighbouring runs; instructions are not disturbed.", "")
    return lines


# ---------------------------------------------------------------- data


def data(report) -> dict:
    """Everything, for --json."""
    rows = {}
    for row in report.table.rows:
        if row.id not in report.results:
            continue
        rows[row.id] = {
            "title": row.title, "unit": row.unit,
            "peers": {peer: {"values": samples.values, "others": [round(each, 4) for each in samples.others],
                             "instructions": samples.instructions or None, "failure": samples.failure or None,
                             "more": samples.extra if any(samples.extra) else None}
                      for peer, samples in report.results[row.id].items()},
            "promises": [{"promise": each.words, "stands_for": each.promise.stands_for or None, "aim": each.promise.reach,
                          "value": each.value, "low": each.low, "high": each.high, "holds": each.holds}
                         for each in report.verdicts(row)]}
    return {"machine": report.machine, "runs": report.runs, "quick": report.quick, "instructions_by": report.counter or None,
            "skipped": report.skipped, "rows": rows, "growth": report.growth}


# ---------------------------------------------------------------- page


def _cell(samples, ours) -> str:
    if samples is None or not samples.values:
        return ""
    ratio = "" if samples is ours or ours is None or not ours.values else f" ({number(samples.median / ours.median)}x)"
    return number(samples.median) + ratio


def _tables(report, kind, heading) -> list:
    peers = report.peers(kind)
    if not peers:
        return []
    lines = ["", f"| {heading} | " + " | ".join(peer.title for peer in peers) + " | promise | holds |",
             "|---|" + "---:|" * len(peers) + "---|---|"]
    for row in report.rows(kind):
        found = report.results[row.id]
        cells = " | ".join(_cell(found.get(peer.id), found.get(KETTLE)) for peer in peers)
        verdicts = [each for each in report.verdicts(row) if not each.promise.reach]
        told = "; ".join(f"{each.words}: **{number(each.value)}**" if each.holds is not None else each.words for each in verdicts)
        holds = ", ".join({True: "yes", False: "**no**", None: "not measured"}[each.holds] for each in verdicts)
        unit = "" if row.unit == "ns" else f" ({row.unit})"
        lines.append(f"| {row.title}{unit} | {cells} | {told} | {holds} |")
    return lines


def page(report) -> str:
    """docs/performance.md."""
    about = report.machine
    peers = ", ".join(f"{name} {version}" for name, version in about["peers"].items())
    lines = ["# Performance", "",
             f"Made by `./learn bench` on {about['date']}; do not edit. {about['processor']}, {about['processors']} processors, "
             f"{about['memory']}, {about['system']} (Linux {about['kernel']}), {about['compiler']}, release build; {peers}. "
             f"Every figure is the median of {report.runs} runs. The peers' runs are interleaved with ours, each is pinned to "
             "one processor unless it says two, and promises are judged by the ratio of neighbouring runs. The bracket after "
             "a peer's figure says how many times Kettle's it is.", "",
             "![Each peer's cost beside Kettle's](performance.svg)", ""]
    lines += [f"{sentence}\n" for sentence in report.skipped]
    lines += summary(report)
    lines += ["", "## Work on one machine"] + _tables(report, "rows", "ns a unit")
    notes = [f"- *{row.title}*: {row.note}." for row in report.rows("rows") if row.note]
    stood_for = [f"- *{row.title}*: {each.words} stands for {each.stands_for}." for row, each in
                 ((row, promise) for row in report.rows("rows") for promise in row.promises)
                 if each.stands_for for each in [_Words(each, report.table.titles, row.unit)]]
    lines += ["", *notes, *stood_for]
    counted = [row for row in report.rows("rows") if any(samples.instructions for samples in report.results[row.id].values())]
    if counted:
        columns = [peer for peer in report.peers("rows")
                   if any(report.results[row.id].get(peer.id) and report.results[row.id][peer.id].instructions for row in counted)]
        lines += ["", f"## Instructions a unit ({report.counter})", "",
                  "Counted in user space; nothing that others do on the machine changes them.", "",
                  "| work | " + " | ".join(peer.title for peer in columns) + " |", "|---|" + "---:|" * len(columns)]
        for row in counted:
            found = report.results[row.id]
            lines.append(f"| {row.title} | " + " | ".join(
                number(found[peer.id].instructions) if peer.id in found and found[peer.id].instructions else ""
                for peer in columns) + " |")
    if report.rows("servers"):
        lines += ["", "## Servers", "", "The server's own processor time for a request, in microseconds, while every connection "
                  "asks again as soon as it is answered. The load comes from the other processor."]
        lines += _tables(report, "servers", "us a request") + _latencies(report)
    if report.growth:
        sizes = [size for size, _ in next(iter(report.growth.values()))]
        lines += ["", "## Growth", "", "What one operation costs in ns when there are 1, 10, ... 1,000,000 of its kind: flat, or "
                  "growing with the logarithm (and, above some 10,000, with what the processor's caches no longer hold).", "",
                  "![Cost of an operation against how many there are](growth.svg)", "",
                  "| | " + " | ".join(short(size) for size in sizes) + " |", "|---|" + "---:|" * len(sizes)]
        for row in report.table.of_kind("growth"):
            if row.id in report.growth:
                lines.append(f"| {row.title} | " + " | ".join(number(value) for _, value in report.growth[row.id]) + " |")
    if report.rows("learner"):
        lines += ["", "## For the learner"] + _tables(report, "learner", "seconds")
    return "\n".join(lines) + "\n"


class _Words:
    """A promise and its words, for the notes."""

    def __init__(self, promise, titles, unit):
        self.words, self.stands_for = promise.words(titles, unit), promise.stands_for


def _latencies(report) -> list:
    lines = ["", "| server | load | requests/s | p50 us | p99 us | p99.9 us |", "|---|---|---:|---:|---:|---:|"]
    for row in report.rows("servers"):
        for peer, samples in report.results[row.id].items():
            for load, told in (samples.extra[len(samples.extra) // 2] if samples.values else {}).items():
                lines.append(f"| {report.table.titles[peer]}, {row.title} | {load} | {told['per_second']:.0f} | "
                             f"{number(told['p50_us'])} | {number(told['p99_us'])} | {number(told['p999_us'])} |")
    return lines
