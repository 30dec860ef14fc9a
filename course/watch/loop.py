"""Waits for whatever comes first: a key, a save, a result, a signal; and draws what has changed."""

import os
import select
import signal

from course import screen, starters
from course import progress as state
from course.manifest import Course
from course.status import bar
from course.watch import keys, shown
from course.watch.session import Session
from course.watch.terminal import Terminal

LOOK_EVERY = 0.1  # seconds between two looks at the file


def can_watch() -> bool:
    """Whether there is a terminal that can be drawn on, with somebody in front of it."""
    if not screen.can_ask() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        import termios  # noqa: F401  not everywhere
    except ImportError:
        return False
    return True


class _Signals:
    """Signals as something to wait for. Which have come is in `seen`; nothing is interrupted half-way."""

    HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)

    def __enter__(self):
        self.handle, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self.handle, False)
        self._wakeup = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, lambda *_: None) for number in self.HANDLED}
        return self

    def __exit__(self, *_):
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self.handle)
        os.close(self._wake)

    def seen(self) -> set:
        try:
            return set(os.read(self.handle, 1024))
        except BlockingIOError:
            return set()


def watch(course: Course, progress: state.Progress) -> int:
    """The command. Comes back when the learner quits: 0, or 130 after Ctrl-C."""
    starters.remember(course, progress)
    exercise = state.current_exercise(course, progress) or course.exercises[-1]
    with Terminal() as terminal, _Signals() as signals:
        session = Session(course, progress, exercise)
        try:
            status = _run(session, terminal, signals)
        finally:
            session.give_up_work()
    progress.reload()
    print(bar(course, progress, screen.width()))
    screen.say(f"You were at {session.exercise.full_id}. To go on:\n  ./learn")
    return status


def _run(session: Session, terminal: Terminal, signals: _Signals) -> int:
    colour, drawn = screen.wants_colour(), None
    while not session.is_over:
        size = terminal.size()
        frame = shown.lines(session, *size, colour)
        if (frame, size) != drawn:
            terminal.show(frame)
            drawn = (frame, size)
        waits_for = [terminal.input, signals.handle] + ([session.job.results] if session.job else [])
        ready = select.select(waits_for, [], [], LOOK_EVERY)[0]
        came = signals.seen()
        if came & {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}:
            return 130
        if signal.SIGTSTP in came:
            _step_aside(terminal)
            drawn = None
        if signal.SIGCONT in came:
            drawn = None
        if session.job and session.job.results in ready:
            session.receive()
        if terminal.input in ready:
            typed = os.read(terminal.input, 4096)
            if not typed:
                return 0  # the terminal was closed
            for key in keys.named(typed):
                session.key(key)
        session.look()
    return 0


def _step_aside(terminal: Terminal) -> None:
    """Ctrl-Z: gives the terminal back, stops, and takes it again when the learner comes back."""
    terminal.give_back()
    os.kill(os.getpid(), signal.SIGSTOP)
    terminal.take()
