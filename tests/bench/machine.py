"""The machine: its processors, who else uses them, and what it is called in a report."""

import os
import platform
import re
import resource
import subprocess
import time
from pathlib import Path

MOST_OTHERS = 0.02  # of all processors, before a run is marked as disturbed
_TICKS_OF_DOUBT = 2  # /proc/stat counts in ticks of 10 ms, and may be out by one at either end


def processors() -> list:
    """The processors that we may use, in order."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def run_on(chosen) -> None:
    """Keeps this process, and those that it starts, on these processors. For preexec_fn."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, chosen)


class Watch:
    """How much of the machine others used while we measured."""

    def __init__(self, stat=Path("/proc/stat")):
        self._stat = stat
        self._begun, self._busy, self._own = time.monotonic(), self._busy_seconds(), _own_seconds()

    def others(self) -> float:
        """The share of all processors, 0 to 1, that was not ours. 0 where that cannot be told."""
        busy = self._busy_seconds()
        if busy is None or self._busy is None:
            return 0.0
        seconds = time.monotonic() - self._begun
        tick = 1 / os.sysconf("SC_CLK_TCK")
        others = (busy - self._busy) - (_own_seconds() - self._own) - _TICKS_OF_DOUBT * tick
        return max(0.0, others) / max(seconds * (os.cpu_count() or 1), tick)

    def _busy_seconds(self):
        """All processors' time that was not idle; what the host took away (steal) is somebody's, too."""
        try:
            first = self._stat.read_text(encoding="ascii").splitlines()[0].split()
        except (OSError, IndexError):
            return None
        user, nice, system, _idle, _iowait, irq, softirq, steal = (int(each) for each in first[1:9])
        return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _first_line(*command) -> str:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=20, check=False, text=True)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout.splitlines() or [""])[0] if done.returncode == 0 else ""


def _field(file: str, pattern: str) -> str:
    try:
        match = re.search(pattern, Path(file).read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    except OSError:
        return ""
    return match[1].strip().strip('"') if match else ""


def describe(compiler: str, peers: dict, built: dict) -> dict:
    """What a reader must know to judge a figure. `peers` has the versions of those that took part, `built` how."""
    memory = _field("/proc/meminfo", r"^MemTotal:\s+(\d+)")
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": _field("/proc/cpuinfo", r"^model name\s*:\s*(.*)$") or platform.machine(),
        "processors": os.cpu_count(),
        "memory": f"{round(int(memory) / 1048576)} GB" if memory else "",
        "system": _field("/etc/os-release", r"^PRETTY_NAME=(.*)$") or platform.system(),
        "kernel": platform.release().partition("-")[0],
        "compiler": _first_line(compiler, "--version"),
        "peers": peers,
        "built": built,
    }
