"""Merges a starter that changed into the file that a learner has made of the old one."""

import subprocess
import tempfile
from pathlib import Path

from course.errors import Stop


def merged(mine: bytes, old: bytes, new: bytes) -> tuple:
    """Three texts merged by git: the result, and how many conflicts it has. The learner's side is called "yours"."""
    with tempfile.TemporaryDirectory(prefix="kettle-merge-") as folder:
        paths = [Path(folder) / name for name in ("yours", "starter as it was", "starter as it is")]
        for path, text in zip(paths, (mine, old, new)):
            path.write_bytes(text)
        command = ["git", "merge-file", "-p", "--diff3"]
        for path in paths:
            command += ["-L", path.name]
        try:
            done = subprocess.run([*command, *map(str, paths)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=False)
        except OSError as error:
            raise Stop("Merging needs git, and git cannot be started. ./learn doctor says how to get it.") from error
    if done.returncode < 0 or done.returncode > 127:
        raise Stop(f"git could not merge: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout, done.returncode
