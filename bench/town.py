"""The demo town as a real process, for benchmarks and tests that work in it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).parents[1]
START_S = 600
"""The first start draws the scenes."""


@dataclass(frozen=True, slots=True)
class DemoTown:
    url: str
    link: str
    home: Path
    process: subprocess.Popen[str]

    def interrupt(self, within_s: float) -> int:
        """Ctrl-C; the exit status. Raises: TimeoutExpired when it does not end in time."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(within_s)

    def process_ids(self) -> dict[str, int]:
        """Name to process id of the town's processes, as the system sees them; an analyst is ``analyst 0/2``."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                argv = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"--parent" in argv and argv[argv.index(b"--parent") + 1] == str(self.process.pid).encode():
                shard = argv[argv.index(b"--shard") + 1].decode() if b"--shard" in argv else ""
                module = argv[argv.index(b"-m") + 1].decode().removeprefix("sereno.main.")
                found[f"analyst {shard}" if shard else module] = int(folder.name)
        return found


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def demo_argv(home: Path, *more: str) -> list[str]:
    console, media, rtsp = free_ports(3)
    ports = ["--port", str(console), "--media-port", str(media), "--rtsp-port", str(rtsp)]
    return [sys.executable, "-m", "sereno.main", "demo", "--home", str(home), *ports, *more]


@contextmanager
def demo_town(home: Path) -> Iterator[DemoTown]:
    """Start the town, wait until it has printed its address and link, and end it."""
    process = subprocess.Popen(
        demo_argv(home), cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        link = _first_link(process)
        yield DemoTown(link.split("#")[0], link, home, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(15)
        if process.stdout is not None:
            process.stdout.close()


def _first_link(process: subprocess.Popen[str]) -> str:
    if process.stdout is None:
        raise ValueError("the town's output must be piped")
    lines: list[str] = []
    reader = Thread(target=_read_until_link, args=(process.stdout, lines), daemon=True)
    reader.start()
    reader.join(START_S)
    found = re.search(r"http://\S+#/bienvenida\S+", "".join(lines))
    if found is None:
        raise TimeoutError(f"no administrator link within {START_S} s; it said: {lines}")
    return found.group()


def _read_until_link(stream: Iterator[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line)
        if "#/bienvenida" in line:
            return
