"""The learner's terminal while it is ours: single keys, no echo, a screen of its own; and all of it given back."""

import os
import sys
import termios

_OURS = "\033[?1049h\033[?25l"    # another screen, no cursor
_THEIRS = "\033[?25h\033[?1049l"


class Terminal:
    """As a context manager: takes the terminal, and gives it back however the block ends."""

    def __init__(self):
        self.input, self.output = sys.stdin.fileno(), sys.stdout.fileno()
        self.before = termios.tcgetattr(self.input)

    def __enter__(self):
        self.take()
        return self

    def __exit__(self, *_):
        self.give_back()

    def take(self) -> None:
        """Keys come one by one and unseen. Ctrl-C and Ctrl-Z keep their meaning."""
        modes = termios.tcgetattr(self.input)
        modes[3] &= ~(termios.ICANON | termios.ECHO)
        modes[6][termios.VMIN], modes[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self.input, termios.TCSADRAIN, modes)
        self.write(_OURS)

    def give_back(self) -> None:
        """As it was. What was typed and not yet read is not for the shell."""
        try:
            self.write(_THEIRS)
            termios.tcsetattr(self.input, termios.TCSAFLUSH, self.before)
        except (OSError, ValueError, termios.error):
            pass  # the terminal is gone: there is nothing to give back

    def size(self) -> tuple:
        """Columns and rows, now."""
        try:
            columns, rows = os.get_terminal_size(self.output)
        except OSError:
            columns, rows = 0, 0
        return columns or 80, rows or 24

    def write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def show(self, lines: list) -> None:
        """Draws a whole screen over the one before, without a flicker."""
        self.write("\033[H" + "\n".join(f"{line}\033[K" for line in lines) + "\033[J")
