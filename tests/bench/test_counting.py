"""How instructions are counted, how growth is judged, and that nothing goes on when the bench has ended."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

import children  # noqa: E402
import counting  # noqa: E402
import growth  # noqa: E402
import programs  # noqa: E402
from made_up import TABLE, peer, row  # noqa: E402

CALLGRIND = "==7== Collected : {}"


class Counting(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        programs.folder(self.root).mkdir(parents=True)
        (programs.folder(self.root) / "kettle").write_text("one", encoding="ascii")
        for name, value in (("counter", lambda: "callgrind"), ("shutil.which", lambda name: name)):
            patch = mock.patch(f"counting.{name}", value)
            patch.start()
            self.addCleanup(patch.stop)

    def counts(self, name="of_run", **answer):
        return mock.patch.object(counting, name, **answer)

    def test_what_was_counted_is_kept_until_the_program_changes(self):
        with self.counts(side_effect=lambda how, command: (int(command[-1]) * 7 + 1000, int(command[-1]))) as count:
            for text, calls in (("one", 2), ("one", 2), ("two", 4)):
                (programs.folder(self.root) / "kettle").write_text(text, encoding="ascii")
                self.assertEqual(counting.Instructions(self.root).of([(row("yield"), peer("kettle"))]), {("yield", "kettle"): 7})
                self.assertEqual(count.call_count, calls)

    def test_what_cannot_be_counted_is_left_out(self):
        with self.counts(side_effect=RuntimeError("a message was lost")):
            self.assertEqual(counting.Instructions(self.root).of([(row("yield"), peer("kettle"))]), {})

    def test_a_request_is_the_difference_of_two_counts(self):
        with self.counts("of_server", side_effect=lambda command, mode, connections, requests: 5000 + 321 * requests) as count:
            found = counting.Instructions(self.root).of_servers([(row("http-50"), peer("kettle"))])
        self.assertEqual(found, {("http-50", "kettle"): 321})
        self.assertEqual([call.args[1:] for call in count.call_args_list], [("http", 50, few) for few in counting.REQUESTS])

    def test_growth_is_counted_by_operations_at_one_size(self):
        with self.counts(side_effect=lambda how, command: (int(command[-2]) + 50 * int(command[-1]), int(command[-1]))) as count:
            found = counting.Instructions(self.root).of_growth([(row("grow-timers"), peer("kettle"), 1000)])
        self.assertEqual(found, {("grow-timers", "kettle", 1000): 50})
        self.assertEqual([call.args[1][-3:] for call in count.call_args_list], [["grow-timers", "1000", 20_000], ["grow-timers", "1000", 40_000]])

    def test_the_count_is_read_from_what_the_tools_say(self):
        self.assertEqual(counting._found(CALLGRIND.format(42)), 42)
        self.assertEqual(counting._found("1234,,instructions:u,100,100.00,,"), 1234)
        with self.assertRaisesRegex(RuntimeError, "valgrind: it cannot"):
            counting._found("valgrind: it cannot")

    def test_every_connection_asks_and_waits_for_its_answer(self):
        heard = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve(connection):
                with connection:
                    while got := connection.recv(4096):
                        heard.append(got)
                        connection.sendall(got)

            threads = []
            def accept():
                for _ in range(3):
                    threads.append(threading.Thread(target=serve, args=[listener.accept()[0]]))
                    threads[-1].start()

            accepting = threading.Thread(target=accept)
            accepting.start()
            counting.ask(listener.getsockname()[1], "echo", 3, 12)
            accepting.join()
            for thread in threads:
                thread.join()
        self.assertEqual(sum(len(each) for each in heard), 12 * 64)

    def test_every_server_row_divides_its_requests(self):
        for each in TABLE.of_kind("servers"):
            self.assertEqual([requests % each.connections for requests in counting.REQUESTS], [0, 0])


class Growing(unittest.TestCase):
    def test_the_word(self):
        for costs, word in (((20, 24, 25), "flat"), ((30, 20, 15), "flat"), ((20, 20, 26), "logarithmic"), ((10, 30, 49), "logarithmic"),
                            ((10, 31, 31), "grows"), ((30, 30, 51), "grows"), ((10, 1000, 10 ** 6), "grows")):
            self.assertEqual(growth.word(list(zip(growth.COUNTED, costs))), word, costs)
        self.assertEqual(growth.word([(10, 5), (1000, 5)]), "")

    def test_instructions_go_before_time(self):
        points = [(size, 10.0 if size < 10 ** 5 else 50.0) for size in growth.SIZES]
        self.assertEqual(growth.Curve(points).told, "grows by time, 5.0x in time from 10 to 1M")
        counted = growth.Curve(points, [(size, 90) for size in growth.COUNTED])
        self.assertEqual(counted.told, "flat by instructions, 5.0x in time from 10 to 1M")
        self.assertEqual(growth.Curve(failure="killed").told, "")
        self.assertEqual(growth.Curve(counts=counted.counts).told, "flat by instructions")

    def test_the_peers_take_turns_at_every_size_and_who_fails_is_left_out(self):
        asked = []

        def run(command, processors):
            asked.append((Path(command[0]).name, int(command[-2])))
            if command[0].endswith("tokio") and command[-2] == "1000":
                raise RuntimeError("killed")
            return '{"row": "grow-tasks", "units": 2, "nanoseconds": 30}'

        with mock.patch("measure.run_once", run):
            curves = growth.measure(row("grow-tasks"), [peer("kettle"), peer("tokio")], 1)
        self.assertEqual(curves["kettle"].points, [(size, 15) for size in growth.SIZES])
        self.assertEqual((len(curves["tokio"].points), curves["tokio"].failure), (3, "killed"))
        self.assertEqual(asked[:4], [("kettle", 1), ("tokio", 1), ("kettle", 10), ("tokio", 10)])


class Children(unittest.TestCase):
    """Each of these programs would go on for a minute."""

    def test_a_program_that_takes_too_long_is_ended(self):
        with children.none_goes_on(), self.assertRaisesRegex(RuntimeError, "took more than 0.05 s"):
            children.run(["sleep", "60"], 0.05)
        self.assertEqual(children._running, set())

    def test_nothing_goes_on_after_the_block(self):
        begun = time.monotonic()
        with children.none_goes_on():
            child = children.start(["sh", "-c", "sleep 60 & sleep 60"], stdout=subprocess.PIPE)
        self.assertIsNotNone(child.returncode)
        with child.stdout:
            self.assertEqual(child.stdout.read(), "")  # which ends when what it has started has ended, too
        self.assertLess(time.monotonic() - begun, 30)

    def test_threads_that_count_start_nothing_more(self):
        with tempfile.TemporaryDirectory() as root:
            programs.folder(root).mkdir(parents=True)
            (programs.folder(root) / "kettle").write_text("one", encoding="ascii")
            with mock.patch.object(counting, "counter", return_value="callgrind"):
                counts = counting.Instructions(root)
            begun, started = time.monotonic(), []

            def count(how, command):
                started.append(command)
                if len(started) == 2:
                    os.kill(os.getpid(), signal.SIGTERM)
                children.run(["sleep", "60"], 120)

            pairs = [(each, peer("kettle")) for each in TABLE.of_kind("rows") if each.instructions]
            with mock.patch.object(counting, "of_run", count), self.assertRaises(KeyboardInterrupt), children.none_goes_on():
                counts.of(pairs)
        self.assertLess(time.monotonic() - begun, 30)
        self.assertLess(len(started), len(pairs) + 1)
        self.assertEqual(children._running, set())

    def test_ctrl_c_ends_the_bench_and_its_programs(self):
        code = ("import sys; sys.path[:0] = %r\nimport children\nwith children.none_goes_on():\n"
                "    child = children.start(['sleep', '60'])\n    print(child.pid, flush=True)\n    child.wait()\n")
        bench = subprocess.Popen([sys.executable, "-c", code % sys.path[:2]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        with bench:
            pid = int(bench.stdout.readline())
            bench.send_signal(signal.SIGINT)
            bench.wait(30)
        self.assertNotEqual(bench.returncode, 0)
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)


if __name__ == "__main__":
    unittest.main()
