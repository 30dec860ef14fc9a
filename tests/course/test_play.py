"""./learn play: what is recorded, what is served and to whom, and that it ends."""

import contextlib
import http.client
import json
import os
import re
import shutil
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

sys.path.insert(0, str(Path(__file__).resolve().parent))

import fakes  # noqa: E402
from fakes import COUNTDOWN, CommandTest  # noqa: E402

sys.path.insert(0, str(fakes.ROOT))

from course import play, recording  # noqa: E402

RECORDS = r'''
def tell(name, **args):
    with open(os.environ["KETTLE_TRACE"], "a") as file:
        file.write(json.dumps({"name": name, "ph": "i", "ts": 0, "pid": 1, "tid": 1, "args": args}) + ",\n")
if os.environ.get("KETTLE_TRACE"):
    tell("run", clock=os.environ["KETTLE_CLOCK"])
    tell("print", task=0, text=" ".join(sys.argv[1:]), at="lessons/04-sleep/main.cpp:3")
'''
LESSON = f"import json, os, sys\n{RECORDS}"
PROGRAM = fakes.PROGRAM.replace("word = WORD", f"{RECORDS}\nword = WORD").replace(
    'os.environ["KETTLE_VERDICT_FILE"]', 'os.environ.get("KETTLE_VERDICT_FILE", os.devnull)')


class Command(CommandTest):
    def setUp(self):
        super().setUp()
        shutil.copytree(fakes.ROOT / "docs" / "player", self.repository.root / "docs" / "player")
        self.repository.write("lessons/04-sleep/main.cpp", "// tea\n")
        self.repository.write("secret.txt", "not for you")

    @contextlib.contextmanager
    def playing(self, *arguments, **environment):
        """Starts the command and yields it, the port and its words, when it serves."""
        child = subprocess.Popen([str(self.repository.root / "learn"), "play", *arguments], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, encoding="utf-8",
                                 env=self.repository.environment(FAKE_LESSON=LESSON, FAKE_PROGRAM=PROGRAM, **environment))
        words = []
        try:
            while not words or "Ctrl-C" not in words[-1]:
                words.append(child.stdout.readline())
                if not words[-1]:
                    raise AssertionError(f"it ended: {words} {child.stderr.read()}")
            text = "".join(words)
            yield child, int(re.search(r"http://127\.0\.0\.1:(\d+)/", text)[1]), text
        finally:
            child.kill()
            child.communicate()

    def ask(self, port, path, method="GET", host=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(method, path, headers={"Host": host} if host else {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def test_the_page_the_player_the_recording_and_its_source_are_there(self):
        with self.playing("sleep", "--no-open") as (_, port, words):
            self.assertIn("Lesson 04: Sleep", words)
            self.assertIn("Open it in a browser", words)
            self.assertIn("page.js", self.ask(port, "/?title=x")[1])
            self.assertIn("kettle-player", self.ask(port, "/player.js")[1])
            self.assertIn('"clock": "virtual"', self.ask(port, "/recording.json")[1])
            self.assertEqual(self.ask(port, "/source/lessons/04-sleep/main.cpp"), (200, "// tea\n"))
            self.assertEqual(self.ask(port, "/recording.json", "HEAD"), (200, ""))

    def test_nothing_else_is_there(self):
        with self.playing("sleep") as (_, port, _words):
            for path in ("/secret.txt", "/../secret.txt", "/source/../secret.txt", "/source/secret.txt", "/%2e%2e/secret.txt",
                         "/source/%2e%2e/secret.txt", "/source//etc/passwd", "/source/lessons/../secret.txt", "/..%2fsecret.txt",
                         "/test/site.js", "/course/cli.py", "/source/", "/recording.json/x"):
                self.assertEqual(self.ask(port, path)[0], 404, path)
            self.assertEqual(self.ask(port, "/recording.json", host="evil.example")[0], 403)
            self.assertEqual(self.ask(port, "/alive", "POST", host="evil.example")[0], 403)
            self.assertEqual(self.ask(port, "/else", "POST")[0], 403)

    def test_only_loopback_hears(self):
        with self.playing("sleep") as (child, port, _words):
            with open(f"/proc/{child.pid}/net/tcp", encoding="ascii") as table:
                heard = [line.split()[1] for line in table if line.split()[3] == "0A"]
            mine = [address for address in heard if address.endswith(f":{port:04X}")]
            self.assertEqual(mine, [f"0100007F:{port:04X}"])

    def test_it_ends_when_the_page_is_closed_and_not_when_it_is_loaded_anew(self):
        with self.playing("sleep") as (child, port, _words):
            self.assertEqual(self.ask(port, "/alive", "POST")[0], 204)
            self.assertEqual(self.ask(port, "/closed", "POST")[0], 204)
            self.assertEqual(self.ask(port, "/alive", "POST")[0], 204)
            with self.assertRaises(subprocess.TimeoutExpired):
                child.wait(timeout=play.GOODBYE + 1)
            self.ask(port, "/closed", "POST")
            self.assertEqual(child.wait(timeout=20), 0)
            self.assertIn("The page was closed.", child.stdout.read())

    def test_ctrl_c(self):
        with self.playing("sleep") as (child, _port, _words):
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(timeout=20), 130)

    def test_an_exercise_plays_the_test_that_fails(self):
        self.repository.write(COUNTDOWN, "FAIL")
        with self.playing("countdown") as (_, port, words):
            self.assertIn("01-future/countdown: “it goes on” fails", words)
            self.assertIn("-tc=it goes on", self.ask(port, "/recording.json")[1])
            self.assertEqual(self.ask(port, f"/source/{COUNTDOWN}"), (200, "FAIL"))
            self.assertIn("file=exercises%2F01-future%2Fcountdown.hpp", words)

    def test_an_exercise_that_passes_and_one_that_hangs(self):
        self.repository.write(COUNTDOWN, "PASS")
        with self.playing("countdown") as (_, _port, words):
            self.assertIn("every test passes", words)
        self.repository.write(COUNTDOWN, "HANG")
        with self.playing("countdown", KETTLE_TEST_LIMIT="1") as (_, _port, words):
            self.assertIn("“it waits” fails", words)
            self.assertIn("was stopped (too much time)", words.replace("\n", " "))

    def test_what_does_not_compile_cannot_be_played(self):
        self.repository.write(COUNTDOWN, "ERROR")
        done = self.learn("play", "countdown", status=2)
        self.assertIn("my own error", done.stdout)
        self.assertIn("no run to play", done.stderr)

    def test_a_file(self):
        path = self.repository.write("run.json", '[\n{"name":"print","ph":"i","args":{"at":"../secret.txt:1"}},\n'
                                     '{"name":"print","ph":"i","args":{"at":"secret.txt:1"}},\n')
        with self.playing(str(path)) as (_, port, words):
            self.assertIn("run.json", words)
            self.assertIn("secret", self.ask(port, "/recording.json")[1])
            self.assertEqual(self.ask(port, "/source/secret.txt")[0], 404, "only sources are served")
            self.assertEqual(self.ask(port, "/source/../secret.txt")[0], 404)
        self.assertIn("missing.json cannot be read", self.learn("play", "missing.json", status=2).stderr)

    def test_a_program_that_records_nothing(self):
        self.assertIn("without a recording", self.learn("play", "sleep", FAKE_LESSON="pass", status=2).stderr)


class Silence(unittest.TestCase):
    def test_a_page_that_falls_silent_is_given_up(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "r.json"
            path.write_text("[", encoding="utf-8")
            server = play.Server(recording.Recording(path, "x"))
            worker = threading.Thread(target=server.serve_until_closed)
            worker.start()
            with mock.patch.object(play, "SILENCE", 0.2):
                connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
                connection.request("POST", "/alive")
                connection.getresponse().read()
                worker.join(timeout=10)
            self.assertFalse(worker.is_alive())
            connection.close()
            with self.assertRaises(OSError):
                socket.create_connection(server.server_address, timeout=2)

    def test_browsers_are_opened_only_where_there_is_a_window(self):
        with mock.patch("webbrowser.open") as opened:
            with mock.patch.dict(os.environ, {}, clear=True), mock.patch.object(sys, "platform", "linux"):
                self.assertFalse(play._open("http://127.0.0.1:1/"))
            self.assertFalse(opened.called)
            with mock.patch.dict(os.environ, {"DISPLAY": ":0"}):
                self.assertTrue(play._open("http://127.0.0.1:1/"))
            for _ in range(100):
                if opened.called:
                    break
                time.sleep(0.02)
            opened.assert_called_once_with("http://127.0.0.1:1/")


class Sources(unittest.TestCase):
    def test_only_sources_of_this_repository(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "r.json"
            lines = [json.dumps({"args": {"at": at}}) for at in (
                "lessons/04-sleep/main.cpp:3", "../x.cpp:1", "/etc/passwd:1", "README.md:1", "a\\b.cpp:1", ":1", "", "lessons:1")]
            path.write_text("[\n" + ",\n".join(lines) + ',\n{"args": {"at": "cut', encoding="utf-8")
            self.assertEqual(list(recording.Recording(path, "x").sources), ["lessons/04-sleep/main.cpp"])


if __name__ == "__main__":
    unittest.main()
