"""Asks the probe process about a URL; control itself never speaks to a camera."""

import os
import subprocess
import sys
import tempfile
from threading import BoundedSemaphore

from pydantic import TypeAdapter, ValidationError

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.model import ProbeReport
from sereno.cameras.probe_report import MAX_REPORT_BYTES, failed
from sereno.cameras.urls import check_stream_url
from sereno.core.errors import exhausted

PROBE_LIMIT_S = 25.0
PROBES_AT_ONCE = 2

_REPORT = TypeAdapter(ProbeReport)
_URL = TypeAdapter(dict[str, str])
_KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TZ", "SSL_CERT_FILE")


class Probe:
    """Looks at streams, two at once."""

    def __init__(self) -> None:
        self._turns = BoundedSemaphore(PROBES_AT_ONCE)

    def look_at(self, url: str) -> ProbeReport:
        """A report, also of what is wrong.

        Raises: AppError when the URL can name no stream, or when too many are looked at already.
        """
        check_stream_url(url)
        if not self._turns.acquire(blocking=False):
            raise exhausted("probe_busy", "Other cameras are being looked at right now.", "Try again in half a minute.")
        try:
            return _ask(url)
        finally:
            self._turns.release()


def _ask(url: str) -> ProbeReport:
    """The URL goes by standard input: arguments of a process are seen by everybody on the machine."""
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    with tempfile.TemporaryFile() as report:  # a file, so that the process's own size limit bounds it
        try:
            subprocess.run(
                # -B: its limit on file sizes would cut byte code short, and break every later start
                (sys.executable, "-BP", "-m", "sereno.cameras.probe_process"),
                input=_URL.dump_json({"url": url}),
                stdout=report,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
                timeout=PROBE_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return failed(stream_fault(StreamFault.TIMEOUT))
        report.seek(0)
        try:
            return _REPORT.validate_json(report.read(MAX_REPORT_BYTES))
        except ValidationError:
            return failed(stream_fault(StreamFault.GARBAGE, "it ended the look at it"))
