"""Whether the learner's file was saved: asked of the file itself, ten times a second, so that it works everywhere.

A file is told by its time, size, place and content: some file systems count in seconds, some editors write a new file.
"""

import os
import zlib

_PATIENCE = 5  # looks for which an empty or missing file is taken for an editor in the middle of saving


class Watched:
    """One file. `mark` is what it looked like when it was last taken to be judged."""

    def __init__(self, path):
        self.path, self.mark, self._odd = path, None, 0

    def look(self):
        """What the file looks like now; None when it is not there."""
        try:
            with open(self.path, "rb") as file:
                known = os.fstat(file.fileno())
                return known.st_mtime_ns, known.st_size, known.st_ino, zlib.crc32(file.read())
        except OSError:
            return None

    def is_saved(self) -> bool:
        """Whether it differs from the mark. An empty or missing file counts only when it stays so."""
        now = self.look()
        if now == self.mark:
            self._odd = 0
            return False
        if now is None or now[1] == 0:
            self._odd += 1
            return self._odd > _PATIENCE
        return True

    def take(self) -> None:
        """Sets the mark: what is there now is going to be judged."""
        self.mark, self._odd = self.look(), 0
