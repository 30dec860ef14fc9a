"""Writing in .learn so that nothing is ever half written or lost: one step from old to new, one writer at a time."""

import contextlib
import os
import tempfile
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """Replaces a file in one step. After a crash or a power cut there is the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    with contextlib.suppress(OSError):  # the new name itself: not every file system can be asked
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def alone(folder: Path, name: str, waits=None):
    """Holds a lock of that name while the block runs. `waits` is called when another ./learn has it."""
    try:
        import fcntl
        folder.mkdir(exist_ok=True)
        lock = open(folder / name, "w", encoding="ascii")
    except (OSError, ImportError):
        yield
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if waits:
                waits()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
