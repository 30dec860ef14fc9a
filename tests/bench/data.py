"""A report as JSON, and back: so that the page can be made anew from a run that is kept, and runs be compared."""

import json
from pathlib import Path

import report as reports
import table as tables
from course.errors import Stop
from growth import Curve
from measure import Samples


def of(report) -> dict:
    """Everything that was measured, and the verdicts."""
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
                          "value": each.value, "low": each.low, "high": each.high,
                          "instructions": each.instructions or None, "holds": each.holds} for each in report.verdicts(row)]}
    growth = {row_id: {peer: {"nanoseconds": curve.points, "instructions": curve.counts, "failure": curve.failure or None,
                              "kind": curve.kind or None} for peer, curve in curves.items()}
              for row_id, curves in report.growth.items()}
    return {"machine": report.machine, "runs": report.runs, "quick": report.quick, "seconds": round(report.seconds),
            "instructions_by": report.counter or None, "skipped": report.skipped, "rows": rows, "growth": growth}


def read(file, table=None):
    """The report of a run that --json printed or that was kept. What it promises is judged anew, by today's table."""
    try:
        known = json.loads(Path(file).read_text(encoding="utf-8"))
        report = reports.Report(table or tables.load(), known["machine"], known["runs"], known["quick"], skipped=known["skipped"],
                                counter=known["instructions_by"] or "", seconds=known["seconds"])
        for row_id, row in known["rows"].items():
            report.results[row_id] = {
                peer: Samples(found["values"], found["others"], found["more"] or [None] * len(found["values"]),
                              found["failure"] or "", found["instructions"] or 0.0) for peer, found in row["peers"].items()}
        for row_id, curves in known["growth"].items():
            report.growth[row_id] = {peer: Curve([tuple(point) for point in curve["nanoseconds"]],
                                                 [tuple(point) for point in curve["instructions"]], curve["failure"] or "")
                                     for peer, curve in curves.items()}
    except OSError as error:
        raise Stop(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Stop(f"{file} is no result of this bench (./learn bench --json > FILE makes one): {error}.") from error
    return report
