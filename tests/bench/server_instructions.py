#!/usr/bin/env python3
"""What a request costs a server, counted: its own instructions (valgrind), and its system calls (strace).

    server_instructions.py PROGRAM [ARGUMENT ...] [--http] [--connections 50]

For example: server_instructions.py build/release/bench/kettle serve echo. The program prints a line that ends in
its port. While a wave of requests is sent, one on each connection, the server is stopped: so it finds
all of them waiting, and a count is the same every time. The difference of two runs of different length is what counts,
so that starting up and accepting do not.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter

ECHO = b"0123456789abcdef" * 4
HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
WAVES = (10, 60)


def _answer(connection, is_http: bool) -> bytes:
    """Reads one answer."""
    got = b""
    while True:
        piece = connection.recv(65536)
        if not piece:
            raise RuntimeError("the server has closed a connection")
        got += piece
        head, end, body = got.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        if len(got) >= len(ECHO) if not is_http else end and len(body) >= int(length[1]):
            return got


def _stop(pid: int) -> None:
    """Stops the server, and waits until it has stopped."""
    os.kill(pid, signal.SIGSTOP)
    while not re.search(r"^State:\s+[Tt]", open(f"/proc/{pid}/status", encoding="ascii").read(), re.MULTILINE):
        time.sleep(0.001)


def _serve(server, pid: int, is_http: bool, connections: int, waves: int) -> None:
    """So many waves of requests."""
    line = ""
    while not (port := re.search(r"(\d+)$", line.rstrip())):
        line = server.stdout.readline()
        if not line:
            raise RuntimeError("the server told no port")
    pid = pid or int(subprocess.run(["pgrep", "-P", str(server.pid)], stdout=subprocess.PIPE, check=True, text=True).stdout)
    clients = [socket.create_connection(("127.0.0.1", int(port[1])), timeout=60) for _ in range(connections)]
    for wave in range(waves + 1):  # The first one shows that all connections are accepted.
        if wave:
            _stop(pid)
        for client in clients:
            client.sendall(HTTP if is_http else ECHO)
        if wave:
            os.kill(pid, signal.SIGCONT)
        for client in clients:
            _answer(client, is_http)
    os.kill(pid, signal.SIGKILL if "strace" in server.args else signal.SIGTERM)


def instructions(command: list, is_http: bool, connections: int, waves: int) -> int:
    """The instructions of a whole run."""
    with subprocess.Popen(["stdbuf", "-oL", "valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}", *command],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        _serve(server, server.pid, is_http, connections, waves)
        told = server.communicate()[1]
    return int(re.search(r"Collected : (\d+)", told)[1])


def calls(command: list, is_http: bool, connections: int, waves: int) -> Counter:
    """The system calls of a whole run, by name."""
    with tempfile.NamedTemporaryFile("r") as file:
        with subprocess.Popen(["stdbuf", "-oL", "strace", "-o", file.name, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as server:
            _serve(server, 0, is_http, connections, waves)
            server.wait()
        return Counter(re.findall(r"^(\w+)\(", file.read(), re.MULTILINE))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--http", action="store_true", help="the server speaks HTTP (told by 'serve http' as well)")
    parser.add_argument("--connections", type=int, default=50)
    chosen = parser.parse_args()
    command = [chosen.program, *chosen.arguments]
    is_http = chosen.http or command[-1] == "http"
    requests = chosen.connections * (WAVES[1] - WAVES[0])
    for tool in ("valgrind", "strace"):
        if not shutil.which(tool):
            print(f"{tool} is not installed: apt-get install {tool}", file=sys.stderr)
            continue
        few, many = ((instructions if tool == "valgrind" else calls)(command, is_http, chosen.connections, waves)
                     for waves in WAVES)
        if tool == "valgrind":
            print(f"instructions a request: {(many - few) / requests:.1f}")
        else:
            many.subtract(few)
            print("system calls a request: " +
                  ", ".join(f"{name} {count / requests:.3g}" for name, count in many.most_common() if count))
    return 0


if __name__ == "__main__":
    sys.exit(main())
