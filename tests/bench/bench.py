#!/usr/bin/env python3
"""./learn bench: Kettle, the bare coroutine and the peers, side by side.

    ./learn bench                     every row, and the report in docs/
    ./learn bench --quick             smaller and fewer runs, under three minutes; nothing is written to docs/
    ./learn bench --only ping-pong    one row, or all whose name begins so
    ./learn bench --json              the report as JSON
    ./learn bench --again 3           three runs, and how often each promise held
    ./learn bench --compare A.json B.json ...   the same of runs that were kept (build/release/bench/run-1.json)
    ./learn bench --page A.json       the report in docs/ anew, from a run that was kept

What is measured and what is promised is in table.json. The programs are in the folders beside it, one a peer.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

import children  # noqa: E402
import compare  # noqa: E402
import counting  # noqa: E402
import data  # noqa: E402
import growth  # noqa: E402
import learner  # noqa: E402
import machine  # noqa: E402
import measure  # noqa: E402
import page  # noqa: E402
import plot  # noqa: E402
import programs  # noqa: E402
import report as reports  # noqa: E402
import servers  # noqa: E402
import table as tables  # noqa: E402
from course import bench as command  # noqa: E402
from course import build  # noqa: E402
from course.errors import Stop  # noqa: E402

RUNS, QUICK_RUNS, GROWTH_RUNS = 5, 3, 3


def say(words: str) -> None:
    """What goes on, for whoever waits; never into the report."""
    print(words, file=sys.stderr, flush=True)


def chosen(table, only: list) -> list:
    """The rows that are meant: all, or those whose id begins with one of the names."""
    rows = [row for row in table.rows if not only or any(row.id == name or row.id.startswith(name) for name in only)]
    unknown = [name for name in only if not any(row.id.startswith(name) for row in table.rows)]
    if unknown:
        raise Stop(f"There is no row {', '.join(unknown)}. The rows:\n" + "\n".join(f"  {row.id}" for row in table.rows))
    return rows


def prepare(table, rows) -> tuple:
    """Builds what the rows need. Returns {peer's program: [its rows]} and sentences on who cannot take part."""
    compiler = build.compiler(programs.PRESET)
    if compiler.problem:
        raise Stop(f"There is no compiler to build with: {compiler.problem}.\n./learn installs what is missing.")
    build.configure(programs.PRESET, compiler)
    listed = subprocess.run(["cmake", "--build", str(build.folder(programs.PRESET)), "--target", "help"], check=False,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
    targets = [word.rstrip(":") for word in listed.split() if word.startswith("bench-")]
    if programs.to_build(targets) or not (programs.folder() / "tokio").exists():
        say("Building the programs first: one to two minutes on two processors. That is not counted.")
        build.build(targets, programs.PRESET, doing="Building the programs ...", keep_going=True)
    known, skipped = {}, []
    for program in dict.fromkeys(peer.program for peer in table.peers):
        peer = next(each for each in table.peers if each.program == program)
        packages = programs.missing(peer, targets)
        if packages:
            skipped.append(f"{peer.title} is left out: apt-get install {packages}")
            continue
        problem = _build(program)
        if problem and peer.id == tables.KETTLE:
            raise Stop(f"Kettle's own program does not build:\n{problem}")
        if problem:
            skipped.append(f"{peer.title} is left out: its program does not build.")
            say(problem)
            continue
        known[program] = programs.rows_of(programs.folder() / program)
    if any(row.kind == "servers" for row in rows) and not build.build(["bench-load"], programs.PRESET).ok:
        raise Stop("The load generator does not build.")
    return known, skipped


def _build(program: str) -> str:
    """Builds one program; what went wrong, or ""."""
    if program == "tokio":
        say("Building Tokio's program ...")
        return programs.build_tokio()
    built = build.build([f"bench-{program}"], programs.PRESET)
    return "" if built.ok else built.output[-2000:]


def taking_part(table, row, known) -> list:
    """The peers whose program knows the row."""
    name = "serve" if row.kind == "servers" else row.id
    return [peer for peer in table.peers if name in known.get(peer.program, [])
            and not (peer.arguments and (row.both_processors or row.kind in ("servers", "growth")))]


def measure_all(report, rows, known) -> None:
    """Fills the report, row by row."""
    begun = time.monotonic()
    with learner.Learner() as of_learner:
        for row in rows:
            peers = [] if row.kind == "learner" else taking_part(report.table, row, known)
            if row.kind == "growth" and report.quick:
                peers = [peer for peer in peers if peer.id == tables.KETTLE]
            say(f"{row.id}: {', '.join(peer.title for peer in peers)} ..." if peers else f"{row.id} ...")
            if row.kind == "growth":
                report.growth[row.id] = growth.measure(row, peers, 1 if report.quick else GROWTH_RUNS)
            elif row.kind == "learner":
                report.results[row.id] = {tables.KETTLE: of_learner.measure(row.id, report.runs)}
            elif row.kind == "servers":
                report.results[row.id] = measure.in_turns(peers, report.runs, lambda peer, row=row: servers.once(peer, row, report.quick))
            else:
                report.results[row.id] = measure.row(row, peers, report.runs, report.quick)
    count(report, rows, known)
    report.seconds = time.monotonic() - begun


def count(report, rows, known) -> None:
    """Adds the instructions: of servers and of growth only in a full run, for they take minutes."""
    def pairs(kind):
        return [(row, peer) for row in rows if row.kind == kind for peer in taking_part(report.table, row, known)
                if not peer.both_processors]

    counts = counting.Instructions()
    report.counter = counts.how
    say("Counting instructions ...")
    found = counts.of([(row, peer) for row, peer in pairs("rows") if row.instructions])
    if not report.quick:
        # Not of a thread for each connection: what starting and ending them takes is different each time.
        found.update(counts.of_servers([(row, peer) for row, peer in pairs("servers") if peer.id != "threads"]))
        triples = [(row, peer, size) for row, peer in pairs("growth") for size in growth.COUNTED]
        for (row_id, peer_id, size), value in counts.of_growth(triples).items():
            report.growth[row_id][peer_id].counts.append((size, value))
    for (row_id, peer_id), value in found.items():
        report.results[row_id][peer_id].instructions = value


def write_docs(report, root=programs.ROOT) -> None:
    """The page and its drawings."""
    docs = Path(root) / "docs"
    for name, text in (("performance.md", page.page(report)), ("pictures/performance.svg", plot.peers(report)),
                       ("pictures/performance-growth.svg", plot.growth(report))):
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")
        say(f"Written: docs/{name}")


def all_hold(reports_) -> bool:
    return all(verdict.holds for report in reports_ for _, verdict in report.judged())


def run(options) -> int:
    """Does what the options say. 0: every promise that could be judged holds; 1: some do not."""
    if options.compare:
        runs = [data.read(file) for file in options.compare]
        print(compare.text(runs), end="")
        return 0 if all_hold(runs) else 1
    if options.page:
        write_docs(data.read(options.page))
        return 0
    if options.again < 1:
        raise Stop("--again says how many runs to do: at least 1.")
    with children.none_goes_on():
        return measured(options)


def measured(options) -> int:
    """Measures and reports."""
    table = tables.load()
    rows = chosen(table, options.only)
    if options.quick and not options.only:
        rows = [row for row in rows if row.kind != "learner"]  # They alone take longer than all else.
    known, skipped = prepare(table, rows)
    compiler = build.compiler(programs.PRESET).path
    about = machine.describe(compiler, programs.versions(), programs.built())
    runs = []
    for number in range(options.again):
        if options.again > 1:
            say(f"--- run {number + 1} of {options.again}")
        report = reports.Report(table, about, QUICK_RUNS if options.quick else RUNS, options.quick, skipped=skipped)
        measure_all(report, rows, known)
        runs.append(report)
        file = programs.folder() / f"{'only' if options.only else 'quick' if options.quick else 'run'}-{number + 1}.json"
        file.write_text(json.dumps(data.of(report), indent=1), encoding="utf-8")
        say(f"Measured in {minutes(report.seconds)}, kept in {file.relative_to(programs.ROOT)}.")
        if not options.json:
            print(reports.text(report), end="", flush=True)
    if options.json:
        found = [data.of(report) for report in runs]
        print(json.dumps(found if options.again > 1 else found[0], indent=1))
    elif options.again > 1:
        print("\n" + compare.text(runs), end="")
    if not options.quick and not options.only:
        write_docs(runs[-1])
    return 0 if all_hold(runs) else 1


def minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.arguments(parser)
    try:
        sys.exit(run(parser.parse_args()))
    except Stop as stop:
        print(stop, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
