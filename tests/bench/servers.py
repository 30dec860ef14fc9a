"""Servers under load: the server on the first processor, the load generator on the last."""

import json
import subprocess

import children
import machine
import measure
import programs

RATE = 10_000  # requests a second of the fixed-rate load
CLOSED = "closed loop"


def once(peer, row, quick: bool, root=programs.ROOT) -> tuple:
    """One server's turn: (its processor time a request in us, {load: what the generator told})."""
    free = machine.processors()
    program = programs.folder(root) / peer.program
    server = children.start([program, "serve", row.mode], free[:1], stdout=subprocess.PIPE)
    try:
        port = server.stdout.readline().strip()
        if not port.isdigit():
            raise RuntimeError("the server told no port")
        told = {CLOSED: _load(port, server.pid, row, 0.4 if quick else 1.5, 0, free[-1:], root),
                f"{RATE} a second": _load(port, server.pid, row, 0.2 if quick else 1, RATE, free[-1:], root)}
        return told[CLOSED]["server_us"], told
    finally:
        children.end(server)


def _load(port, pid, row, seconds, rate, processors, root) -> dict:
    command = [programs.folder(root) / "load", port, pid, row.mode, row.connections, seconds, rate]
    return json.loads(measure.run_once([str(each) for each in command], processors))
