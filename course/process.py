"""Runs a program that cannot be trusted to end.

It gets its own process group, so that everything it starts can be killed with it. Its output goes through pipes
of which only the beginning is kept: a program that prints for ever fills neither the memory nor the disk.
"""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

MOST_OUTPUT = 64 * 1024
MOST_MEMORY = 2 << 30
MOST_FILE = 64 << 20
_LOOK_EVERY = 0.05


@dataclass
class Ended:
    """How it ended. status is negative for a signal, as in subprocess. stopped is "", "time" or "memory"."""

    status: int
    stopped: str
    stdout: str
    stderr: str
    seconds: float


class _Drain(threading.Thread):
    """Reads a pipe to its end and keeps the first bytes."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe, self.kept = pipe, bytearray()
        self.start()

    def run(self):
        try:
            while block := os.read(self.pipe.fileno(), 65536):
                self.kept += block[:MOST_OUTPUT - len(self.kept)]
        except (OSError, ValueError):
            pass  # closed under us: whoever still held the other end has been given up

    def text(self) -> str:
        self.join(timeout=1)  # a process that left the group may hold the pipe open: do not wait for it
        return bytes(self.kept).decode("utf-8", errors="replace")


def _limit_files(pid: int) -> None:
    """No core dumps, and no file larger than MOST_FILE. Only where the system can set limits of another process.

    Soft limits only: a sanitizer that starts at the same moment sets its own, and fails above a lowered hard limit.
    """
    import resource
    if hasattr(resource, "prlimit"):
        try:
            for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, MOST_FILE)):
                resource.prlimit(pid, limit, (most, resource.getrlimit(limit)[1]))
        except (OSError, ValueError):
            pass  # it has already ended, or limits may not be changed here


def _memory(pid: int) -> int:
    """Bytes of memory the process holds; 0 where that cannot be asked."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def kill_group(child: subprocess.Popen) -> None:
    """Kills the child and everything in its process group."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    child.wait()


def start(command: list, **options) -> subprocess.Popen:
    """Starts a program in a process group of its own. A Ctrl-C meanwhile comes when the program is known, and ends it."""
    came = []
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in numbers}
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        kill_group(child)
        os.kill(os.getpid(), came[0])
    return child


def run(command: list, limit: float, env: dict) -> Ended:
    """Runs the command until it ends, takes too much memory, or the limit (seconds) is over."""
    started = time.monotonic()
    child = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    drains = [_Drain(child.stdout), _Drain(child.stderr)]
    stopped = ""
    try:
        _limit_files(child.pid)
        while child.poll() is None and not stopped:
            left = started + limit - time.monotonic()
            if left <= 0:
                stopped = "time"
            elif _memory(child.pid) > MOST_MEMORY:
                stopped = "memory"
            else:
                try:
                    child.wait(timeout=min(left, _LOOK_EVERY))
                except subprocess.TimeoutExpired:
                    pass
    finally:
        kill_group(child)
    seconds = time.monotonic() - started
    texts = [drain.text() for drain in drains]
    for pipe, drain in zip((child.stdout, child.stderr), drains):
        if not drain.is_alive():
            pipe.close()
    return Ended(child.returncode, stopped, texts[0], texts[1], seconds)
