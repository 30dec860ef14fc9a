"""Counts instructions in user space: a unit of a row, an operation among many, a request to a server.

Always as the difference of two runs of different size, so that starting up counts for nothing. What was counted is kept
as long as the program stays the same.
"""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import children
import machine
import programs

LIMIT = 300  # seconds that one count may take
REQUESTS = (1000, 6000)  # to a server, over all its connections
_ECHO = b"0123456789abcdef" * 4
_HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
_HELLO = len("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!")
_CALLGRIND = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}", "--max-threads=2000"]
_COUNT = re.compile(r"^(\d+),|Collected : (\d+)", re.MULTILINE)


def counter() -> str:
    """What counts instructions here: "perf", else "callgrind", else ""."""
    if shutil.which("perf"):
        tried = children.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], LIMIT)
        if tried.status == 0 and re.match(r"\d+,", tried.stderr.strip().splitlines()[-1] if tried.stderr.strip() else ""):
            return "perf"
    return "callgrind" if shutil.which("valgrind") else ""


def _found(said: str) -> int:
    count = _COUNT.search(said)
    if not count:
        raise RuntimeError((said.strip().splitlines() or ["no count"])[-1])
    return int(count[1] or count[2])


def of_run(how: str, command: list) -> tuple:
    """Instructions of a whole run, and the units that it did."""
    counting = ["perf", "stat", "-x,", "-e", "instructions:u"] if how == "perf" else _CALLGRIND
    done = children.run([*counting, *command], LIMIT)
    if done.status != 0:
        raise RuntimeError(done.last_words)
    return _found(done.stderr), json.loads(done.stdout)["units"]


def of_server(command: list, mode: str, connections: int, requests: int) -> int:
    """Instructions of a server that answers so many requests and is ended: by callgrind, which waits for its last word."""
    server = children.start([*_CALLGRIND, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        port = server.stdout.readline().strip()
        if not port.isdigit():
            raise RuntimeError("the server told no port")
        ask(int(port), mode, connections, requests)
        server.terminate()
        return _found(server.communicate(timeout=LIMIT)[1])
    finally:
        children.end(server)


def ask(port: int, mode: str, connections: int, requests: int) -> None:
    """Asks over all connections, waits for all answers, and so on, until every request is answered."""
    question, size = (_ECHO, len(_ECHO)) if mode == "echo" else (_HTTP, _HELLO)
    lines = [socket.create_connection(("127.0.0.1", port), timeout=LIMIT) for _ in range(connections)]
    try:
        for _ in range(requests // connections):
            for line in lines:
                line.sendall(question)
            for line in lines:
                left = size
                while left > 0:
                    got = len(line.recv(left))
                    if got == 0:
                        raise RuntimeError("the server closed a connection")
                    left -= got
    finally:
        for line in lines:
            line.close()


class Instructions:
    """Instructions a unit of (row, peer) pairs; {(row's id, peer's id): count}, without those that cannot be counted."""

    def __init__(self, root=programs.ROOT):
        self._root, self.how = root, counter()
        self._file = programs.folder(root) / "instructions.json"
        try:
            self._known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    def of(self, pairs: list) -> dict:
        """Of rows."""
        return self._all([(row.id, peer.id) for row, peer in pairs], [
            (self._key(peer, f"{row.id} {row.instructions}"), self._row, row, peer) for row, peer in pairs])

    def of_servers(self, pairs: list) -> dict:
        """Of requests to servers. Only callgrind knows when a server that we end has ended."""
        if not shutil.which("valgrind"):
            return {}
        return self._all([(row.id, peer.id) for row, peer in pairs], [
            (self._key(peer, f"{row.id} {REQUESTS}"), self._server, row, peer) for row, peer in pairs])

    def of_growth(self, triples: list) -> dict:
        """Of growth: (row, peer, size) triples, {(row's id, peer's id, size): count}."""
        return self._all([(row.id, peer.id, size) for row, peer, size in triples], [
            (self._key(peer, f"{row.id} {size} growth"), self._growth, row, peer, size) for row, peer, size in triples])

    def _all(self, names: list, jobs: list) -> dict:
        """Does the jobs (key, function, its arguments) that are not known yet, as many at once as there are processors."""
        if not self.how:
            return {}
        todo = [job for job in jobs if job[0] not in self._known]
        pool = ThreadPoolExecutor(len(machine.processors()))
        try:
            for job, value in zip(todo, pool.map(self._tried, todo)):
                if value is not None:
                    self._known[job[0]] = value
        except BaseException:
            children.end_all()  # Else the pool would wait for programs that nobody wants any more.
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            if todo:
                self._file.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
        return {name: self._known[job[0]] for name, job in zip(names, jobs) if job[0] in self._known}

    def _key(self, peer, what: str) -> str:
        """The program's own hash, and what it is asked to do: nothing else decides."""
        digest = hashlib.sha256((programs.folder(self._root) / peer.program).read_bytes()).hexdigest()[:16]
        return f"{self.how} {digest} {peer.id} {what}"

    @staticmethod
    def _tried(job):
        _, count, *arguments = job
        try:
            return count(*arguments)
        except (RuntimeError, ValueError, OSError, subprocess.TimeoutExpired):
            return None

    def _difference(self, few: list, many: list) -> float:
        (least, units_of_few), (most, units_of_many) = of_run(self.how, few), of_run(self.how, many)
        return (most - least) / (units_of_many - units_of_few)

    def _row(self, row, peer) -> float:
        return self._difference(*(programs.command(peer, row, size, self._root) for size in row.instructions))

    def _growth(self, row, peer, size) -> float:
        least = max(size, 20_000)
        return self._difference(*([*programs.command(peer, row, size, self._root), operations]
                                  for operations in (least, 2 * least)))

    def _server(self, row, peer) -> float:
        command = [programs.folder(self._root) / peer.program, "serve", row.mode]
        few, many = (of_server(command, row.mode, row.connections, requests) for requests in REQUESTS)
        return (many - few) / (REQUESTS[1] - REQUESTS[0])
