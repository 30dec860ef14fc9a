"""./learn play: shows a recorded run in the browser, a step at a time, beside its source.

The page is served on loopback only, to whoever asks by that name, and there is nothing else to be had: the player, this
one recording, and the sources that the recording names. It ends with the page: the page says when it goes, and else is
given up after a while of silence. Browsers let a hidden page speak about once a minute, so that while is longer.
"""

import os
import sys
import threading
import time
import urllib.parse
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from course import names, recording, screen
from course.errors import Stop
from course.manifest import ROOT, Lesson

PLAYER = ROOT / "docs" / "player"
TYPES = {".html": "text/html", ".js": "text/javascript", ".json": "application/json"}
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:"
SILENCE = 150.0  # seconds without a word from an open page
GOODBYE = 3.0    # seconds after a page has gone: time enough for one that is loaded anew


class Server(ThreadingHTTPServer):
    """Serves one recording and knows when nobody looks at it any more."""

    daemon_threads = True

    def __init__(self, played: recording.Recording):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recording, self.sources = played, played.sources
        self.player = {f"/{path.name}": path for path in PLAYER.iterdir() if path.suffix in (".js", ".html")}
        self.deadline = None

    @property
    def link(self) -> str:
        """The page's address."""
        query = {"src": "recording.json", "source": "source/", "file": self.recording.main, "title": self.recording.title, "alive": "1"}
        return f"http://127.0.0.1:{self.server_address[1]}/?{urllib.parse.urlencode(query)}"

    def file(self, address: str):
        """What is served under an address: a path, or None."""
        path = urllib.parse.unquote(urllib.parse.urlsplit(address).path)
        if path == "/":
            path = "/index.html"
        if path == "/recording.json":
            return self.recording.path
        if path.startswith("/source/"):
            return self.sources.get(path[len("/source/"):])
        return self.player.get(path)

    def heard(self, seconds: float) -> None:
        """The page has spoken: wait so many seconds for its next word."""
        self.deadline = time.monotonic() + seconds

    def serve_until_closed(self) -> None:
        """Serves until the page is closed."""
        worker = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        worker.start()
        try:
            while self.deadline is None or time.monotonic() < self.deadline:
                time.sleep(0.1)
        finally:
            self.shutdown()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Nobody wants to read a log here."""

    def _is_for_us(self) -> bool:
        # A page from elsewhere may make a browser ask us under a name of its own. It gets nothing.
        port = self.server.server_address[1]
        return self.headers.get("Host") in (f"127.0.0.1:{port}", f"localhost:{port}")

    def _answer(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(status)
        for name, value in (("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body))),
                            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
                            ("Content-Security-Policy", POLICY)):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):  # noqa: N802  the base class's name
        """Hands out what there is."""
        if not self._is_for_us():
            return self._answer(403)
        path = self.server.file(self.path)
        try:
            body = path.read_bytes() if path is not None else None
        except OSError:
            body = None
        if body is None:
            return self._answer(404, b"There is nothing here.\n")
        return self._answer(200, body, TYPES.get(path.suffix, "text/plain"))

    do_HEAD = do_GET

    def do_POST(self):  # noqa: N802
        """A word from the page: it is open, or it goes."""
        self.close_connection = True
        if not self._is_for_us() or self.path not in ("/alive", "/closed"):
            return self._answer(403)
        self.server.heard(SILENCE if self.path == "/alive" else GOODBYE)
        return self._answer(204)


def _open(link: str) -> bool:
    """Opens the link where there is a window to open it in. A browser in the terminal would be no help."""
    if not (sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
    return True


def play(course, named, current: Lesson, opens: bool) -> int:
    """The command. `named` is a lesson, an exercise or a file; None means the current lesson."""
    if named is not None and (named.endswith(".json") or Path(named).is_file() and not named.endswith(".hpp")):
        played = recording.of_file(named)
    else:
        meant = names.either(course, named) if named is not None else current
        played = recording.of_lesson(meant) if isinstance(meant, Lesson) else recording.of_exercise(course, meant)
    if not PLAYER.is_dir():
        raise Stop("docs/player is missing: git status shows what was changed.")
    server = Server(played)
    where = "Your browser opens it" if opens and _open(server.link) else "Open it in a browser"
    screen.say(f"{played.title}\n  {server.link}\n{where}. This ends when you close the page, or with Ctrl-C.")
    sys.stdout.flush()
    server.serve_until_closed()
    screen.say("The page was closed.")
    return 0
