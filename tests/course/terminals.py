"""A program on a terminal of its own (a pty), and somebody who types and reads there."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

LIMIT = 60.0  # generous: a busy machine must not fail a test
_STYLE = re.compile(r"\033\[[0-9;?]*[A-Za-z]")
_TIME = re.compile(r"\d\d:\d\d:\d\d, \d+\.\d s")


def plain(text: str) -> str:
    """Text without colours and other sequences."""
    return _STYLE.sub("", text)


class Terminal:
    """What was started, and all that it has written so far."""

    def __init__(self, command, cwd, env, columns=80, rows=24):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        self.before = None
        started, go = os.pipe()
        self.pid, self.handle = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.close(go)
            os.read(started, 1)
            os.chdir(cwd)
            os.execve(command[0], command, env)
        os.close(started)
        self.before = termios.tcgetattr(self.handle)
        os.close(go)
        self.output, self.status = "", None

    def read(self, wait: float) -> bool:
        """Takes what comes within that time. Whether the other side is still there."""
        if select.select([self.handle], [], [], wait)[0]:
            try:
                block = os.read(self.handle, 1 << 16)
            except OSError:
                return False
            self.output += block.decode("utf-8", errors="replace")
            return bool(block)
        return True

    def lines(self) -> list:
        """The screen: the last frame that was drawn, without colours, and without what the clock says."""
        frame = self.output.rpartition("\033[H")[2]
        frame = frame.partition("\033[?25h")[0]
        return [_TIME.sub("TIME", plain(line)).rstrip() for line in frame.split("\r\n")]

    def screen(self) -> str:
        return "\n".join(self.lines())

    def expect(self, *words: str, gone: str = None, limit: float = LIMIT) -> str:
        """Waits until all the words are on the screen at once (and others are not)."""
        ends = time.monotonic() + limit
        while True:
            screen = self.screen()
            if self.output.endswith("\033[J") and all(each in screen for each in words) and (not gone or gone not in screen):
                return screen
            if time.monotonic() > ends or not self.read(0.05):
                raise AssertionError(f"{words} did not appear. The screen:\n{screen}\nThe end of all:\n{self.output[-2000:]!r}")

    def expect_text(self, words: str) -> None:
        """Waits for words anywhere in what is written, on or off the drawn screen."""
        ends = time.monotonic() + LIMIT
        while words not in plain(self.output):
            if time.monotonic() > ends or not self.read(0.05):
                raise AssertionError(f"{words!r} did not appear in:\n{self.output[-3000:]}")

    def type(self, keys: str) -> None:
        os.write(self.handle, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self) -> list:
        """The terminal's settings."""
        return termios.tcgetattr(self.handle)

    def wait(self) -> int:
        """Until it has ended: its exit status, negative for a signal."""
        ends = time.monotonic() + LIMIT
        while self.status is None:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            elif time.monotonic() > ends:
                raise AssertionError(f"It did not end. The screen:\n{self.screen()}")
        return self.status

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.status is None:
            os.kill(self.pid, number)

    def close(self) -> None:
        """Ends whatever is left."""
        self.kill()
        if self.status is None:
            os.waitpid(self.pid, 0)
        os.close(self.handle)
