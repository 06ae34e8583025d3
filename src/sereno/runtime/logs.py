"""Logs: one line an event on standard error, ``key=value``; no secret is ever passed to it."""

import logging
import sys
from datetime import UTC, datetime


class _LineFormatter(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        line = f"{at}Z {record.levelname.lower():7} {self._process}: {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure_logs(process: str, level: int = logging.INFO) -> None:
    """Send every log line of this process to standard error, marked with its name."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(_LineFormatter(process))
    logging.basicConfig(level=level, handlers=[stream], force=True)
    for chatty in ("httpx", "alembic", "websockets", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
