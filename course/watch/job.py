"""Work in a child process, so that it can be given up the moment it is of no use any more.

    job = Job(lambda: judge(...))     job.receive() when job.results can be read     job.stop()

The child ends what it has started when it is stopped, and also when its parent dies, however suddenly.
"""

import os
import pickle
import signal
import struct
import threading
import time
import traceback

from course import screen
from course.errors import Stop

_LENGTH = struct.Struct("!I")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)
_PATIENCE = 3.0  # seconds for a child to end what it has started


class Job:
    """One piece of work. `done` is whether it has ended; then `result` is what it returned, or `problem` says why not."""

    def __init__(self, work):
        self.doing, self.done, self.result, self.problem = "", False, None, ""
        self.started, self._received = time.monotonic(), b""
        self.results, their_results = os.pipe()
        their_lifeline, self._lifeline = os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # the child shall miss none until it is ready for it
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.results)
            os.close(self._lifeline)
            _live(work, their_results, their_lifeline)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(their_results)
        os.close(their_lifeline)

    def receive(self) -> None:
        """Takes what the child has to say; call it when `results` can be read."""
        try:
            block = os.read(self.results, 1 << 16)
        except InterruptedError:
            return
        self._received += block
        while len(self._received) >= _LENGTH.size:
            size, = _LENGTH.unpack_from(self._received)
            if len(self._received) < _LENGTH.size + size:
                break
            kind, value = pickle.loads(self._received[_LENGTH.size:_LENGTH.size + size])
            self._received = self._received[_LENGTH.size + size:]
            if kind == "doing":
                self.doing = value
            elif kind == "result":
                self.result, self.done = value, True
            else:
                self.problem, self.done = value, True
        if not block and not self.done:
            self.problem, self.done = "The work ended without a result. Press r to try again.", True
        if self.done:
            self._end()

    def stop(self) -> None:
        """Gives the work up, and waits until nothing of it is left."""
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)
            ends = time.monotonic() + _PATIENCE
            while time.monotonic() < ends:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    self.pid = 0
                    break
                time.sleep(0.002)
            else:
                os.kill(self.pid, signal.SIGKILL)
        self._end()

    def _end(self) -> None:
        if self.pid:
            os.waitpid(self.pid, 0)
            self.pid = 0
        for handle in (self.results, self._lifeline):
            if handle >= 0:
                os.close(handle)
        self.results = self._lifeline = -1


def _live(work, results: int, lifeline: int) -> None:
    """The child's whole life. It never returns."""
    try:
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # KeyboardInterrupt: every `finally` is run
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.setsid()  # the terminal's Ctrl-C is for the parent, which stops us
        nothing = os.open(os.devnull, os.O_RDWR)
        for handle in (0, 1, 2):
            os.dup2(nothing, handle)
        threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
        screen.listener = lambda words: _send(results, "doing", words)
        _send(results, "result", work())
    except KeyboardInterrupt:
        pass
    except Stop as stop:
        _send(results, "problem", str(stop))
    except BaseException:  # whatever it is, the learner shall see it
        _send(results, "problem", "Something is wrong in ./learn itself:\n" + traceback.format_exc())
    finally:
        os._exit(0)


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)  # comes back when the parent's end is closed
    os.kill(os.getpid(), signal.SIGTERM)


def _send(results: int, kind: str, value) -> None:
    data = pickle.dumps((kind, value))
    data = _LENGTH.pack(len(data)) + data
    try:
        while data:
            data = data[os.write(results, data):]
    except OSError:
        pass  # nobody wants to know any more
