"""Starts the tool, both as `python3 -m course` and as `python3 path/to/course` from anywhere."""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from course.cli import main  # noqa: E402  only importable once the line above has run

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
