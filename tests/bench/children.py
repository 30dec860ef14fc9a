"""The programs that we start. However the bench ends, none of them goes on."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

import machine
from course import process

_PATIENCE = 5.0  # seconds to end by itself when asked to: ./learn must stop its compilers first
_running, _lock = set(), threading.Lock()
_ending = threading.Event()


@dataclass
class Ended:
    """How a program ended, and what it said."""

    status: int
    stdout: str
    stderr: str

    @property
    def last_words(self) -> str:
        said = (self.stderr.strip() or self.stdout.strip()).splitlines()
        return said[-1] if said else f"exit status {self.status}"


def start(command: list, processors=None, **options) -> subprocess.Popen:
    """Starts a program in a process group of its own, kept on some processors, and remembers it until it has ended."""
    pinned = {"preexec_fn": lambda: machine.run_on(processors)} if processors else {}
    with _lock:  # So that end_all() misses none that is just being started.
        if _ending.is_set():
            raise RuntimeError("the bench is ending")
        child = process.start([str(word) for word in command], text=True, **pinned, **options)
        _running.add(child)
    return child


def _stop(child: subprocess.Popen) -> None:
    """Asks a program to end, then ends it, with all that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
            until = time.monotonic() + _PATIENCE
            while child.poll() is None and time.monotonic() < until:
                time.sleep(0.005)
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def end(child: subprocess.Popen) -> None:
    """Ends a program, unless it has ended already, and forgets it."""
    _stop(child)
    for pipe in (child.stdout, child.stderr):
        if pipe:
            pipe.close()
    with _lock:
        _running.discard(child)


def end_all() -> None:
    """Ends everything that runs. Nothing more starts before the next none_goes_on(). A second Ctrl-C changes nothing."""
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        with _lock:
            _ending.set()
            left = list(_running)
        for child in left:
            _stop(child)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(command: list, limit: float, processors=None, **options) -> Ended:
    """Runs a program to its end. Raises RuntimeError when it takes longer than `limit` seconds."""
    child = start(command, processors, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    try:
        stdout, stderr = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"took more than {limit} s") from None
    finally:
        end(child)
    return Ended(child.returncode, stdout, stderr)


@contextlib.contextmanager
def none_goes_on():
    """At the end of this block nothing that was started in it runs. A SIGTERM ends the block as Ctrl-C does."""
    def stop(*_):
        raise KeyboardInterrupt

    _ending.clear()
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        end_all()
        with _lock:
            _running.clear()
        signal.signal(signal.SIGTERM, before)
