"""A Python of its own for a peer, built once from its lock file, with hashes."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "cache" / "peers"


def peer_python(name: str) -> Path:
    """The interpreter in which ``requirements/peer-NAME.lock`` is installed."""
    lock = ROOT / "requirements" / f"peer-{name}.lock"
    folder = CACHE / f"{name}-{sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        environment = {**os.environ, "VIRTUAL_ENV": str(folder)}
        subprocess.run([uv, "pip", "install", "--quiet", "--require-hashes", "-r", lock], check=True, env=environment)
        ready.touch()
    return python
