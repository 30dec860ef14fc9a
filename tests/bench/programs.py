"""The peers' programs: which can be built here, building them, and what runs a row."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PRESET = "release"
CRATES = Path("/usr/share/cargo/registry")  # where Debian's librust-*-dev put their sources


class Missing(Exception):
    """A peer that cannot be built here; the text says what to install."""


def folder(root=ROOT) -> Path:
    """Where the built programs are."""
    return Path(root) / "build" / PRESET / "bench"


def _cargo() -> str:
    """Debian's cargo before any other: its version goes with Debian's crates."""
    return "/usr/bin/cargo" if os.access("/usr/bin/cargo", os.X_OK) else (shutil.which("cargo") or "")


def _lacks_tokio() -> bool:
    return not _cargo() or not list(CRATES.glob("tokio-1*"))


def missing(peer, targets) -> str:
    """The packages to install before the peer can take part; "" when it can."""
    if peer.program == "tokio":
        return peer.packages if _lacks_tokio() else ""
    return "" if f"bench-{peer.program}" in targets else (peer.packages or "?")


def build_tokio(root=ROOT) -> str:
    """Builds the Rust program, offline. Returns what went wrong, or ""."""
    target = folder(root) / "cargo"
    # /usr/bin first: cargo asks for "rustc" by name.
    env = {**os.environ, "CARGO_HOME": str(target / "home"), "PATH": "/usr/bin:" + os.environ.get("PATH", "")}
    done = subprocess.run([_cargo(), "build", "--quiet", "--release", "--offline", "--target-dir", str(target)],
                          cwd=Path(root) / "tests" / "bench" / "tokio", env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    if done.returncode != 0:
        return done.stdout
    shutil.copy2(target / "release" / "tokio", folder(root) / "tokio")
    return ""


def rows_of(program: Path) -> list:
    """The rows that a built program knows."""
    done = subprocess.run([str(program), "--rows"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.split()


def command(peer, row, size: int, root=ROOT) -> list:
    """What runs a row once."""
    return [str(folder(root) / peer.program), *peer.arguments, row.id, str(size)]


def read(output: str, row) -> float:
    """The figure in a program's line of output: nanoseconds or bytes a unit."""
    told = json.loads(output)
    if told["row"] != row.id or told["units"] <= 0:
        raise ValueError(f"asked for {row.id}, and the program says {output.strip()}")
    return told["bytes" if row.unit == "bytes" else "nanoseconds"] / told["units"]


def versions() -> dict:
    """The peers' versions, as far as they are installed."""
    def header(path, pattern):
        try:
            return ".".join(re.search(rf"define {name}\s+(\d+)", text)[1] for name in pattern) \
                if (text := Path(path).read_text(encoding="utf-8", errors="replace")) else ""
        except (OSError, TypeError):
            return ""

    found = {}
    crate = sorted(CRATES.glob("tokio-1*"))
    if crate:
        found["Tokio"] = crate[-1].name.split("-", 1)[1]
    asio = header("/usr/include/asio/version.hpp", ["ASIO_VERSION"])
    if asio:
        number = int(asio)
        found["Asio"] = f"{number // 100000}.{number // 100 % 1000}.{number % 100}"
    uv = header("/usr/include/uv/version.h", ["UV_VERSION_MAJOR", "UV_VERSION_MINOR", "UV_VERSION_PATCH"])
    if uv:
        found["libuv"] = uv
    return found
