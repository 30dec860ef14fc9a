"""The bench's own rules: its table, its judgement, its texts. No program is run here, and no time is measured."""

import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

import bench  # noqa: E402
import children  # noqa: E402
import data  # noqa: E402
import judge  # noqa: E402
import machine  # noqa: E402
import measure  # noqa: E402
import programs  # noqa: E402
import report as reports  # noqa: E402
import table as tables  # noqa: E402
from course.errors import Stop  # noqa: E402
from made_up import TABLE, full_report, row, samples  # noqa: E402
from measure import Samples  # noqa: E402

class TheTable(unittest.TestCase):
    def test_every_row_has_a_promise_and_a_unit_unless_it_shows_another_under_other_conditions(self):
        for each in TABLE.rows:
            if each.kind != "growth":
                shown = any(each.id == other.id + "-beside" for other in TABLE.rows)
                self.assertTrue(shown or [promise for promise in each.promises if not promise.reach], each.id)
            if each.kind == "rows":
                self.assertGreater(each.size, 0)
                self.assertLessEqual(each.quick, each.size)

    def test_a_promise_of_an_unknown_peer_is_refused(self):
        self._refuses("not in the table", {"times": 0.5, "of": ["boost"]})

    def test_a_promise_says_one_thing(self):
        self._refuses("not one thing", {"times": 0.5, "of": ["tokio"], "most": 3})
        self._refuses("not one thing", {"times": 0.5})

    def _refuses(self, words, promise):
        data = json.loads(tables.FILE.read_text(encoding="utf-8"))
        data["rows"][0]["promises"] = [promise]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "table.json"
            file.write_text(json.dumps(data), encoding="utf-8")
            with self.assertRaisesRegex(ValueError, words):
                tables.load(file)

    def test_every_program_folder_is_a_peer(self):
        folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
        self.assertEqual(folders - {"support", "load"}, {peer.program for peer in TABLE.peers})

    def test_kettle_does_every_row(self):
        text = (HERE / "kettle" / "rows.cpp").read_text(encoding="utf-8")
        for each in TABLE.of_kind("rows") + TABLE.of_kind("growth"):
            self.assertIn(f'"{each.id}"', text)


class Judgement(unittest.TestCase):
    def verdict(self, row_id, results, place=0):
        return judge.judge(row(row_id), results, TABLE.titles)[place]

    def test_ratios_are_taken_pair_by_pair(self):
        # Both twice as slow in the second pair: the ratio does not move.
        verdict = self.verdict("yield", {"yield": {"kettle": samples(10, 20, 10), "tokio": samples(25, 50, 25)}})
        self.assertEqual((verdict.value, verdict.low, verdict.high, verdict.holds), (0.4, 0.4, 0.4, True))

    def test_a_promise_that_is_missed(self):
        verdict = self.verdict("yield", {"yield": {"kettle": samples(10), "tokio": samples(15)}})
        self.assertEqual((verdict.holds, verdict.answer), (False, "DOES NOT HOLD"))

    def test_the_best_of_several_peers(self):
        verdict = self.verdict("timers-held", {"timers-held": {"kettle": samples(10), "tokio": samples(900), "libuv": samples(40)}})
        self.assertEqual((verdict.value, verdict.holds), (0.25, False))

    def test_a_missing_peer_is_not_judged(self):
        for found in ({"kettle": samples(10)}, {"kettle": samples(10), "tokio": samples()}, {"tokio": samples(10)}, {}):
            self.assertIsNone(self.verdict("yield", {"yield": found}).holds)

    def test_flat_compares_with_another_row_of_ours(self):
        results = {"wake-1": {"kettle": samples(20)}, "wake-100": {"kettle": samples(30)}}
        self.assertEqual((self.verdict("wake-100", results).value, self.verdict("wake-100", results).holds), (1.5, False))

    def test_a_plain_limit(self):
        self.assertTrue(self.verdict("await-ready", {"await-ready": {"kettle": samples(9, 9.5, 20)}}).holds)
        self.assertFalse(self.verdict("memory", {"memory": {"kettle": samples(201)}}).holds)

    def test_instructions_are_compared_too(self):
        found = {"kettle": samples(1, instructions=50), "tokio": samples(2, instructions=200)}
        self.assertEqual(self.verdict("yield", {"yield": found}).instructions, 0.25)

    def test_an_aim_is_no_promise(self):
        report = full_report()
        report.results = {"yield": {"kettle": samples(10), "tokio": samples(22)}}  # holds 0.5, misses the aim of 0.41
        self.assertEqual(reports.summary(report), ["1 of 1 promises that could be judged hold."])
        self.assertEqual([verdict.holds for verdict in report.verdicts(row("yield"))], [True, False])

    def test_what_does_not_hold_has_a_line(self):
        report = full_report()
        report.results = {"yield": {"kettle": samples(10, instructions=9), "tokio": samples(15, instructions=10)}}
        self.assertEqual(reports.summary(report), ["0 of 1 promises that could be judged hold. Not:",
                                                   "  yield                0.67, promised <= 0.50 of Tokio; in instructions 0.90"])
        report.results = {"timers-held": {"kettle": samples(10, instructions=9), "tokio": samples(15, instructions=10)}}
        self.assertEqual(reports.summary(report)[1:], ["  timers-held          0.67, promised <= 0.20 of the best of Tokio, Asio,",
                                                       "                       libuv; in instructions 0.90"])


class Measuring(unittest.TestCase):
    def test_the_peers_take_turns(self):
        order = []
        found = measure.in_turns(TABLE.peers[:2], 3, lambda peer: order.append(peer.id) or 1.0)
        self.assertEqual(order, ["kettle", "limit"] * 3)
        self.assertEqual(found["limit"].values, [1.0] * 3)

    def test_a_peer_that_fails_does_not_stop_the_others(self):
        def once(peer):
            if peer.id == "limit":
                raise RuntimeError("bench: a message was lost")
            return 1.0, {"more": 2}

        found = measure.in_turns(TABLE.peers[:2], 2, once)
        self.assertEqual((found["limit"].failure, found["limit"].values), ("bench: a message was lost", []))
        self.assertEqual((found["kettle"].values, found["kettle"].extra), ([1.0, 1.0], [{"more": 2}] * 2))

    def test_a_line_of_output_becomes_a_figure(self):
        line = '{"peer": "kettle", "row": "%s", "size": 4, "units": 4, "nanoseconds": 100, "bytes": 800}'
        self.assertEqual(programs.read(line % "yield", row("yield")), 25)
        self.assertEqual(programs.read(line % "memory", row("memory")), 200)
        with self.assertRaises(ValueError):
            programs.read(line % "memory", row("yield"))

    def test_a_run_that_fails_says_why(self):
        with children.none_goes_on(), self.assertRaisesRegex(RuntimeError, "a message was lost"):
            measure.run_once(["sh", "-c", "echo bench: a message was lost >&2; exit 1"], machine.processors())

    def test_who_takes_part(self):
        known = {"kettle": ["yield", "mpsc-two-threads", "serve"], "tokio": ["yield", "mpsc-two-threads", "serve"]}
        names = [[peer.id for peer in bench.taking_part(TABLE, row(each), known)]
                 for each in ("yield", "mpsc-two-threads", "echo-50", "memory")]
        self.assertEqual(names, [["kettle", "tokio", "tokio-2"], ["kettle", "tokio"], ["kettle", "tokio"], []])

    def test_others_on_the_machine(self):
        with tempfile.TemporaryDirectory() as folder:
            stat = Path(folder) / "stat"
            stat.write_text("cpu  100 0 100 5000 0 0 0 0 0 0\n", encoding="ascii")
            watch = machine.Watch(stat)
            with mock.patch("time.monotonic", return_value=watch._begun + 10), mock.patch("os.cpu_count", return_value=2), \
                    mock.patch.object(machine, "_own_seconds", return_value=watch._own + 1.0):
                stat.write_text("cpu  300 0 200 5000 0 0 0 0 0 0\n", encoding="ascii")  # 3 s busy, 1 s of it ours
                self.assertAlmostEqual(watch.others(), (2 - 0.02) / 20)
                stat.write_text("cpu  200 0 101 5000 0 0 0 0 0 0\n", encoding="ascii")  # within the ticks of doubt
                self.assertEqual(watch.others(), 0)
            self.assertEqual(machine.Watch(Path(folder) / "none").others(), 0)


class Telling(unittest.TestCase):
    def test_the_terminal_has_80_columns(self):
        text = reports.text(full_report())
        self.assertEqual([line for line in text.splitlines() if len(line) > reports.WIDTH], [])
        for words in ("Asio is left out: apt-get install libasio-dev", "ping-pong", "0.33 [0.30, 0.33]", "disturbed runs",
                      "echo-1000", "grow-timers", "1.5x in time from 10 to 1M", "promises that could be judged hold"):
            self.assertIn(words, " ".join(text.split()))

    def test_a_failure_is_told(self):
        report = full_report()
        report.results["yield"]["asio"] = Samples(failure="bench: a message was lost")
        self.assertIn("asio failed: bench: a message was lost", reports.text(report))

    def test_data_is_json(self):
        known = json.loads(json.dumps(data.of(full_report())))
        self.assertEqual(known["rows"]["yield"]["peers"]["kettle"]["values"], [10, 11, 12])
        self.assertTrue(known["rows"]["yield"]["promises"][0]["holds"])

    def test_figures_are_short(self):
        self.assertEqual([reports.number(each) for each in (1.234, 12.34, 123.4, 123456)], ["1.23", "12.3", "123", "123456"])

    def test_an_unknown_row(self):
        with self.assertRaisesRegex(Stop, "There is no row boiling"):
            bench.chosen(TABLE, ["boiling"])
        self.assertEqual([each.id for each in bench.chosen(TABLE, ["wake"])], ["wake-1", "wake-10", "wake-100"])


class Building(unittest.TestCase):
    def test_what_is_missing_is_named_with_its_packages(self):
        asio, tokio = TABLE.peers[4], TABLE.peers[2]
        self.assertEqual(programs.missing(asio, ["bench-kettle"]), "libasio-dev")
        self.assertEqual(programs.missing(asio, ["bench-asio"]), "")
        with mock.patch.object(programs, "_cargo", return_value=""):
            self.assertEqual(programs.missing(tokio, []), "cargo rustc librust-tokio-dev")


if __name__ == "__main__":
    unittest.main()
