"""A table, figures and a whole report for tests: nothing here was measured."""

import report as reports
import servers
import table as tables
from growth import COUNTED, SIZES, Curve
from measure import Samples

TABLE = tables.load()


def row(row_id):
    return next(each for each in TABLE.rows if each.id == row_id)


def peer(peer_id):
    return next(each for each in TABLE.peers if each.id == peer_id)


def samples(*values, instructions=0.0, others=0.0, extra=None):
    return Samples(list(values), [others] * len(values), [extra] * len(values), instructions=instructions)


def full_report():
    """A report with a figure everywhere."""
    report = reports.Report(TABLE, {"processor": "A processor", "processors": 2, "memory": "4 GB", "system": "A system",
                                    "kernel": "6.1", "compiler": "A compiler", "date": "2025-01-01", "peers": {"Tokio": "1.24.2"},
                                    "built": {"Tokio": "with everything"}},
                            3, True, skipped=["Asio is left out: apt-get install libasio-dev"], counter="callgrind", seconds=99)
    told = {"per_second": 12345.0, "p50_us": 20.0, "p99_us": 90.0, "p999_us": 300.0}
    for each in TABLE.rows:
        if each.kind == "growth":
            report.growth[each.id] = {"kettle": Curve([(size, 20.0 + size / 1e5) for size in SIZES], [(size, 99) for size in COUNTED]),
                                      "tokio": Curve([(size, 90.0 + size / 1e4) for size in SIZES])}
            continue
        extra = {servers.CLOSED: told} if each.kind == "servers" else None
        report.results[each.id] = {"kettle": samples(10, 11, 12, instructions=100, extra=extra),
                                   "tokio": samples(30, 33, 40, instructions=300, others=0.5, extra=extra),
                                   "epoll": samples(10, 11, 12, extra=extra)}
    return report
