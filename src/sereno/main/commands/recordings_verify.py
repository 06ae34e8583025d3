"""``sereno recordings verify CAMERA FROM TO``: what the archive proves of a span; it only reads."""

import argparse
import sys
from contextlib import closing
from pathlib import Path

from sereno.core.errors import invalid, not_found
from sereno.core.ids import CameraId
from sereno.evidence.keys import load_or_make_site_key
from sereno.main.commands.spans import instant
from sereno.main.home import Home
from sereno.main.settings_file import add_settings_argument, find_settings
from sereno.recording.check import known_disks
from sereno.recording.journal import Journal, journal_path
from sereno.recording.kept_heads import MAX_FILE_BYTES, KeptHead, read_kept
from sereno.recording.model import Segment
from sereno.recording.proof import ProofVerdict, Question, as_json, in_words, prove
from sereno.recording.recorder_key import SiteAuthority, read_authority
from sereno.runtime.assets import Progress
from sereno.runtime.database import Database
from sereno.runtime.progress import TerminalProgress

_STATUS = {ProofVerdict.PROVEN: 0, ProofVerdict.BROKEN: 1, ProofVerdict.UNPROVEN: 2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_settings_argument(parser)
    parser.add_argument("camera", help="id of the camera")
    parser.add_argument("began", metavar="FROM", help="such as 2026-03-01T18:00, in the site's zone")
    parser.add_argument("ended", metavar="TO")
    parser.add_argument("--archive", type=Path, help="an archive's folder elsewhere; else the centre's own")
    parser.add_argument("--site-key", type=Path, help="the site's public key (PEM); else the centre's own")
    parser.add_argument("--heads", type=Path, help="heads that were kept outside: finds newest rows that are gone")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """0 proven, 1 broken, 2 not proven."""
    _path, settings = find_settings(options.settings)
    began, ended = (instant(each, settings.site.timezone) for each in (options.began, options.ended))
    if began is None or ended is None or began >= ended:
        raise invalid("span_empty", "FROM must lie before TO.")
    home = Home(settings.home)
    folder = options.archive or home.archive
    if not journal_path(folder).exists():
        raise not_found("journal_missing", f"There is no journal in {folder}.", "Name the archive with --archive.")
    show = TerminalProgress(sys.stderr)
    with closing(Database(journal_path(folder), read_only=True)) as database:
        journal = Journal(database)
        disks = known_disks(folder, journal)

        def locate(segment: Segment) -> Path | None:
            disk = disks.find(segment.disk)
            return None if disk is None else disk.locate(segment.path)

        question = Question(CameraId(options.camera), began, ended, _kept(options.heads, CameraId(options.camera)))
        proof = prove(
            journal,
            locate,
            question,
            _authority(options.site_key, home),
            lambda done, total: show(Progress("bytes read", done, total)),
        )
    print(as_json(proof) if options.json else "\n".join(in_words(proof)))
    return _STATUS[proof.verdict]


def _kept(path: Path | None, camera_id: CameraId) -> tuple[KeptHead, ...]:
    if path is None:
        return ()
    if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
        raise not_found("heads_missing", f"There is no file of heads at {path}.")
    kept = tuple(each for each in read_kept(path.read_bytes()) if each.head.camera_id == camera_id)
    if not kept:
        raise not_found("heads_of_camera_missing", f"{path} says nothing of the camera {camera_id}.")
    return kept


def _authority(path: Path | None, home: Home) -> SiteAuthority | None:
    if path is not None:
        if not path.is_file():
            raise not_found("site_key_missing", f"There is no file {path}.")
        return read_authority(path.read_bytes())
    return read_authority(load_or_make_site_key(home.site_key).public_pem) if home.site_key.exists() else None
