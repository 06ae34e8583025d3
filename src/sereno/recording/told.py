"""What control writes down of the recorder's facts: deletions and disks, in the chained audit log and for screens."""

from sqlalchemy import Connection

from sereno.access import audit
from sereno.access.model import system_access
from sereno.recording.events import DiskChanged, FootageShed
from sereno.runtime.fact_log import FactLog

_RECORDER = system_access("recorder")


def on_footage_shed(connection: Connection, facts: FactLog, fact: FootageShed) -> None:
    """One row of the audit log for each camera; a second time it changes nothing."""
    if facts.find(connection, fact.id) is not None:
        return
    facts.append(connection, fact)
    for cut in fact.cuts:
        detail = {
            "rule": fact.reason,
            "segments": str(cut.segments),
            "numbers": f"{cut.first_number}-{cut.last_number}",
            "span": f"{cut.began.isoformat()}/{cut.ended.isoformat()}",
            "bytes": str(cut.size),
        }
        audit.record(connection, _RECORDER, fact.at, "footage.shed", cut.camera_id, detail)


def on_disk_changed(connection: Connection, facts: FactLog, fact: DiskChanged) -> None:
    """A second time it changes nothing."""
    if facts.find(connection, fact.id) is not None:
        return
    facts.append(connection, fact)
    act = "disk.lost" if fact.reason else "disk.back"
    audit.record(connection, _RECORDER, fact.at, act, fact.disk or "home", {"reason": fact.reason})
