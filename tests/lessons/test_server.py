"""The server of lesson 10 before real clients: curl, wrk, ab, a browser, an attacker, and 15,000 idle connections.

A client that is not installed is skipped, and the skip names its package. KETTLE_BUILD_DIR is the build to look at.
"""

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BUILD = os.environ.get("KETTLE_BUILD_DIR")
PROGRAM = Path(BUILD or ".").resolve() / "lessons" / "10-server"
HELLO = "Hello from async C++!"
PATIENCE = 30.0  # seconds; for what should come at once, on a busy machine
DRAIN = 5.0  # seconds; ServerOptions::drain
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
ASKING = b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
IDLE = 15_000


def needs(command, package):
    """Skips a test, or a class of them, when a client is not there."""
    return unittest.skipUnless(shutil.which(command), f"install {command}: apt-get install {package}")


def until(condition, what):
    """Waits until `condition()` holds; its value."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited for {PATIENCE:.0f} s, and it did not come: {what}")
        time.sleep(0.01)
    return value


def environment():
    return {key: value for key, value in os.environ.items() if not key.startswith("KETTLE_")}


class Server:
    """The lesson's program, serving on a port of its own."""

    def __init__(self, *arguments):
        self.folder = tempfile.TemporaryDirectory()
        self.said, self.complained = (Path(self.folder.name) / name for name in ("stdout", "stderr"))
        with self.said.open("wb") as said, self.complained.open("wb") as complained:
            self.process = subprocess.Popen([str(PROGRAM), "--serve", "0", *arguments], env=environment(),
                                            stdin=subprocess.DEVNULL, stdout=said, stderr=complained)
        self.port = int(until(lambda: self.find(r"http://127\.0\.0\.1:(\d+)\n"), "the address of the server").group(1))
        self.url = f"http://127.0.0.1:{self.port}/"

    def find(self, pattern):
        return re.search(pattern, self.said.read_text(encoding="utf-8"))

    def complaints(self):
        return self.complained.read_text(encoding="utf-8")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def kilobytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def connect(self, source=None):
        client = socket.socket()
        try:
            client.settimeout(PATIENCE)
            if source:
                client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: the port is chosen with the peer.
                client.bind((source, 0))
            client.connect(("127.0.0.1", self.port))
            return client
        except OSError:
            client.close()
            raise

    def stop(self, number=signal.SIGTERM):
        """Sends a signal, and waits until the server has heard it."""
        self.process.send_signal(number)
        until(lambda: self.find("Stopping"), "the server's answer to the signal")

    def end(self):
        """Its exit status. Kills it when it does not end."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server does not end on SIGTERM") from None
        finally:
            self.folder.cleanup()


def receive(client):
    """One whole answer: its head as text, its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            raise AssertionError(f"the server hung up after {data!r}")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    while length and len(body) < int(length.group(1)):
        body += client.recv(65536)
    return head.decode("ascii"), body


def run(*command, limit=PATIENCE):
    """What a client prints; it must end, and end well."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=limit, check=False, encoding="utf-8", errors="replace")
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


@unittest.skipUnless(sys.platform == "linux", "these tests look into /proc")
@unittest.skipUnless(BUILD, "KETTLE_BUILD_DIR is not set; set it to a build folder such as build/default")
class Case(unittest.TestCase):
    def start(self, *arguments):
        server = Server(*arguments)
        self.addCleanup(lambda: self.assertEqual(0, server.end(), "every server ends well"))
        return server


# ---------------------------------------------------------------- clients


@needs("curl", "curl")
class Curl(Case):
    def test_two_pages_over_one_connection(self):
        url = self.start().url
        said = run("curl", "-s", "-w", "%{http_code} %{num_connects}\n", url, url + "elsewhere")
        self.assertIn(HELLO, said)
        self.assertEqual(["200 1", "404 0"], re.findall(r"^\d+ \d$", said, re.MULTILINE), said)

    def test_head_tells_the_length_of_the_page_and_does_not_send_it(self):
        url = self.start().url
        length = len(run("curl", "-s", url))
        said = run("curl", "-s", "-I", url)
        self.assertIn(f"Content-Length: {length}", said)
        self.assertNotIn(HELLO, said)

    def test_a_body_is_refused_and_the_connection_stays(self):
        url = self.start().url
        said = run("curl", "-s", "-i", "-d", "x" * 100_000, "-H", "Expect:", url, "--next", "-s", "-w", "%{num_connects}", url)
        self.assertIn("405 Method Not Allowed", said)
        self.assertIn("Allow: GET, HEAD", said)
        self.assertTrue(said.endswith("0"), "the second request needs no new connection:\n" + said)

    def test_who_asks_before_sending_a_body_is_told_not_to(self):
        said = run("curl", "-s", "-i", "-d", "x" * 100_000, "-H", "Expect: 100-continue", self.start().url)
        self.assertIn("405 Method Not Allowed", said)
        self.assertNotIn("100 Continue", said)

    def test_http_1_0_is_answered_and_closed(self):
        said = run("curl", "-s", "-i", "--http1.0", self.start().url)
        self.assertIn("Connection: close", said)
        self.assertIn(HELLO, said)


class LoadTools(Case):
    @needs("wrk", "wrk")
    def test_wrk(self):
        said = run("wrk", "-t1", "-c50", "-d1s", self.start().url)
        self.assertGreater(int(re.search(r"(\d+) requests in", said).group(1)), 100, said)
        self.assertNotRegex(said, "Socket errors|Non-2xx")

    @needs("ab", "apache2-utils")
    def test_ab_with_keep_alive_does_not_hang(self):
        said = run("ab", "-q", "-k", "-c", "20", "-n", "2000", self.start().url)
        self.assertRegex(said, r"Complete requests: +2000\n")
        self.assertRegex(said, r"Failed requests: +0\n")
        self.assertRegex(said, r"Keep-Alive requests: +2000\n")

    @needs("ab", "apache2-utils")
    def test_ab_without_keep_alive(self):
        said = run("ab", "-q", "-c", "20", "-n", "1000", self.start().url)
        self.assertRegex(said, r"Complete requests: +1000\n")
        self.assertRegex(said, r"Failed requests: +0\n")


@needs("chromium", "chromium")
class Browser(Case):
    def test_it_shows_the_page(self):
        url = self.start().url
        with tempfile.TemporaryDirectory() as profile:
            said = run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                       f"--user-data-dir={profile}", "--dump-dom", url, limit=2 * PATIENCE)
        self.assertIn(f"<h1>{HELLO}</h1>", said)


@needs("slowhttptest", "slowhttptest")
class SlowAttacks(Case):
    """500 connections that a slow attacker holds on to; meanwhile others come, and are answered within a second."""

    def attack(self, *how):
        server = self.start()
        attacker = subprocess.Popen(["slowhttptest", *how, "-c", "500", "-r", "500", "-l", "60", "-u", server.url],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: server.descriptors() > 450, "500 connections of the attacker")
            for _ in range(20):
                begun = time.monotonic()
                with server.connect() as client:
                    client.sendall(GET)
                    self.assertIn(HELLO, receive(client)[1].decode())
                self.assertLess(time.monotonic() - begun, 1.0, "a fresh request is answered within a second")
            self.assertIsNone(attacker.poll(), "the attacker has given up too early for this to mean anything")
            self.assertGreater(server.descriptors(), 300, "the attacker is still there")
        finally:
            attacker.kill()
            attacker.wait()

    def test_slow_headers(self):
        self.attack("-H", "-i", "1")

    def test_slow_bodies(self):
        self.attack("-B", "-i", "1")

    def test_slow_reading(self):
        self.attack("-X", "-w", "1", "-y", "2", "-n", "1", "-z", "1", "-k", "10")


# ---------------------------------------------------------------- stopping


class Stopping(Case):
    def begin_request(self, server):
        """A request of which the server has read the head, and waits for the body."""
        client = server.connect()
        client.sendall(ASKING)
        self.assertEqual("HTTP/1.1 100 Continue", receive(client)[0])
        return client

    def test_what_is_under_way_is_finished(self):
        server = self.start()
        idle, busy = server.connect(), self.begin_request(server)
        with idle, busy:
            idle.sendall(GET)
            receive(idle)
            server.stop()
            self.assertEqual(b"", idle.recv(1), "a connection that is idle is closed at once")
            with self.assertRaises(ConnectionError, msg="no connection is taken in any more"):
                server.connect().close()
            self.assertIsNone(server.process.poll(), "the server waits for the request")
            busy.sendall(b"body")
            head, body = receive(busy)
            self.assertIn("200 OK", head)
            self.assertIn("Connection: close", head)
            self.assertIn(HELLO, body.decode())
            self.assertEqual(0, server.process.wait(PATIENCE))
        self.assertTrue(server.find(r"Answered 2 requests on 2 connections\.\n"), server.said.read_text(encoding="utf-8"))

    def test_who_does_not_finish_is_cut_off(self):
        server = self.start()
        with self.begin_request(server) as busy:
            server.stop(signal.SIGINT)
            begun = time.monotonic()
            self.assertEqual(0, server.process.wait(DRAIN + PATIENCE))
            self.assertGreater(time.monotonic() - begun, DRAIN / 2, "it was given some time")
            self.assertEqual(b"", busy.recv(1))
        self.assertTrue(server.find("cut off"))

    def test_a_second_ctrl_c_ends_it_now(self):
        server = Server()
        self.addCleanup(server.end)
        with self.begin_request(server):
            server.stop(signal.SIGINT)
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(-signal.SIGINT, server.process.wait(DRAIN / 2))

    def test_with_nothing_to_do_it_ends_at_once(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            server = self.start()
            server.stop(number)
            self.assertEqual(0, server.process.wait(DRAIN / 2))
            self.assertEqual("", server.complaints())


# ---------------------------------------------------------------- trouble


class Trouble(Case):
    def test_a_port_that_is_taken(self):
        server = self.start()
        for more in ([], ["--threads"]):
            done = subprocess.run([str(PROGRAM), "--serve", str(server.port), *more], env=environment(), timeout=PATIENCE,
                                  capture_output=True, check=False, encoding="utf-8")
            self.assertEqual(1, done.returncode)
            self.assertIn(f"127.0.0.1:{server.port}: Address already in use", done.stderr)
            self.assertIn("--serve 0", done.stderr)

    def test_arguments_that_mean_nothing(self):
        for words in (["--serve"], ["--serve", "65536"], ["--serve", "-1"], ["--serve", "80a"], ["--banana"], ["--threads"]):
            with self.subTest(words):
                done = subprocess.run([str(PROGRAM), *words], env=environment(), timeout=PATIENCE, capture_output=True,
                                      check=False, encoding="utf-8")
                self.assertEqual(2, done.returncode)
                self.assertIn(words[-1], done.stderr)
                self.assertIn("Usage:", done.stderr)

    def test_clients_that_vanish(self):
        server = self.start()
        before = server.descriptors()
        for reset in (False, True):
            for part in (b"", GET[:10], ASKING, GET * 100):
                client = server.connect()
                client.sendall(part)
                if reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
        until(lambda: server.descriptors() == before, f"all connections closed, and {before} descriptors as before")
        with server.connect() as client:
            client.sendall(GET)
            self.assertIn(HELLO, receive(client)[1].decode())
        self.assertRegex(server.complaints(), r"(?m)^127\.0\.0\.1:\d+: gone in the middle of a request$")

    def test_the_twin_serves_the_same(self):
        server = Server("--threads")
        self.addCleanup(server.end)
        with server.connect() as client, self.start().connect() as other:
            for request in (GET, GET.replace(b"GET", b"HEAD"), GET.replace(b"/ ", b"/x "), GET.replace(b"GET", b"PUT"), b"?\r\n\r\n"):
                client.sendall(request)
                other.sendall(request)
                if request.startswith(b"HEAD"):
                    self.assertEqual(client.recv(1000), other.recv(1000))
                else:
                    self.assertEqual(receive(client), receive(other))


class Idle(Case):
    def test_many_idle_connections_and_then_a_request_on_each(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, most))
        count = IDLE if most == resource.RLIM_INFINITY else min(IDLE, most - 100)
        server = self.start()
        descriptors, kilobytes = server.descriptors(), server.kilobytes()
        with contextlib.ExitStack() as clients:
            # A few sources, because each has no more than so many ports.
            idle = [clients.enter_context(server.connect(f"127.0.0.{2 + number % 4}")) for number in range(count)]
            until(lambda: server.descriptors() == descriptors + count, f"{count} connections in one process")
            each = (server.kilobytes() - kilobytes) * 1024 // count
            for client in idle:
                client.sendall(GET)
                head, body = receive(client)
                self.assertIn("200 OK", head)
                self.assertIn(HELLO, body.decode())
        until(lambda: server.descriptors() == descriptors, "all of them closed")
        less = "" if count == IDLE else f" (not {IDLE}: this system allows {most} descriptors)"
        print(f"\n{count} idle connections{less}: {each} bytes of the server's memory for each", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
