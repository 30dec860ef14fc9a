"""The peers' programs: which can be built here, building them, and what runs a row."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import children

ROOT = Path(__file__).resolve().parent.parent.parent
PRESET = "release"
LIMIT = 1200  # seconds that a build may take
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


def to_build(targets: list, root=ROOT) -> bool:
    """Whether anything of these targets is still to be built."""
    told = children.run(["cmake", "--build", Path(root) / "build" / PRESET, "--target", *targets, "--", "-n"], LIMIT).stdout
    return bool(re.search(r"Building|Linking", told))


def build_tokio(root=ROOT) -> str:
    """Builds the Rust program, offline. Returns what went wrong, or ""."""
    target = folder(root) / "cargo"
    # /usr/bin first: cargo asks for "rustc" by name.
    env = {**os.environ, "CARGO_HOME": str(target / "home"), "PATH": "/usr/bin:" + os.environ.get("PATH", "")}
    done = children.run([_cargo(), "build", "--quiet", "--release", "--offline", "--target-dir", target], LIMIT,
                        cwd=Path(root) / "tests" / "bench" / "tokio", env=env)
    if done.status != 0:
        return done.stdout + done.stderr
    beside = folder(root) / "tokio.new"  # The old one may be running.
    shutil.copy2(target / "release" / "tokio", beside)
    os.replace(beside, folder(root) / "tokio")
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


def built(root=ROOT) -> dict:
    """{who: how it was built}, as the build itself has it."""
    found = {}
    try:
        text = (Path(root) / "build" / PRESET / "build.ninja").read_text(encoding="utf-8", errors="replace")
        flags = re.search(r"^build tests/bench/CMakeFiles/bench-kettle\.dir/\S+:.*\n(?:  .*\n)*?  FLAGS = (.*)$", text, re.MULTILINE)
        words = re.findall(r"-O\w+|-flto\S*|-march=\S+|-DNDEBUG", flags[1])
        lto = ", with link-time optimisation" if any(word.startswith("-flto") for word in words) else ", without link-time optimisation"
        found["Kettle and all programs in C++"] = " ".join(f"`{word}`" for word in dict.fromkeys(words)) + lto
    except (OSError, TypeError):
        pass
    try:
        profile = (Path(root) / "tests" / "bench" / "tokio" / "Cargo.toml").read_text(encoding="utf-8").split("[profile.release]")[1]
        settings = ", ".join(f"`{line.strip()}`" for line in profile.splitlines() if "=" in line)
        found["Tokio"] = f"cargo's release profile with {settings}; Debian's crates, without the network"
    except (OSError, IndexError):
        pass
    if "libuv" in versions():
        found["libuv itself"] = "Debian's shared library, as it comes"
    return found
