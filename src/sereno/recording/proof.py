"""What journal, files and a public key prove of a camera's footage in a span. Reads only; trusts no row."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from pydantic import TypeAdapter

from sereno.cameras.events import StreamLost
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, wall_instant, wall_ticks
from sereno.recording.chain import chain_value
from sereno.recording.check import hash_of
from sereno.recording.fates import Fate, fates_of, losses_of
from sereno.recording.heads import SignedHead, certificates, heads_of, signature_holds
from sereno.recording.journal import Journal
from sereno.recording.kept_heads import KeptHead, contradictions
from sereno.recording.model import GENESIS, Segment
from sereno.recording.recorder_key import SiteAuthority

GAP_TICKS = TICKS_PER_S
"""A shorter pause is not told."""
Locate = Callable[[Segment], Path | None]
Tell = Callable[[int, int], None]


class Standing(StrEnum):
    """What is left of a segment."""

    WHOLE = "whole"
    SHED = "shed"
    """Deleted by rule; its hash remains in the chain."""
    LOST = "lost"
    """The footage is gone without a rule, and the journal says so."""
    MISSING = "missing"
    """The journal says that the file is there."""
    CHANGED = "changed"
    ELSEWHERE = "elsewhere"
    """In a store that is not at hand here: not looked at."""


class ProofVerdict(StrEnum):
    PROVEN = "proven"
    BROKEN = "broken"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class SegmentProof:
    number: int
    began: datetime
    ended: datetime
    standing: Standing
    reason: str
    """Why it is gone; empty while it is there."""
    origin: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without any footage; ``reason`` is an ``EndReason``, or a stream's fault where one was told."""

    began: datetime
    ended: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class HeadProof:
    number: int
    at: datetime
    valid: bool
    """The signature holds, and the chain value is the journal's."""
    certified: bool
    """The site's key certifies the signer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageProof:
    camera_id: CameraId
    began: datetime
    ended: datetime
    site_key: str
    """Fingerprint of the key that certified the recorder; empty when none was at hand."""
    segments: tuple[SegmentProof, ...]
    breaks: tuple[str, ...]
    """Each a sentence: where the chain or a signature does not hold."""
    gaps: tuple[Gap, ...]
    heads: tuple[HeadProof, ...]
    """Those that speak of the span's segments, up to the first one that covers them all."""

    @property
    def covered(self) -> bool:
        """Whether a good head vouches for the span's last segment, and so for all before it."""
        last = max((segment.number for segment in self.segments), default=0)
        return any(head.valid and head.certified and head.number >= last for head in self.heads)

    @property
    def verdict(self) -> ProofVerdict:
        standings = {segment.standing for segment in self.segments}
        if self.breaks or standings & {Standing.MISSING, Standing.CHANGED, Standing.LOST}:
            return ProofVerdict.BROKEN
        if not self.segments or not self.covered or Standing.ELSEWHERE in standings:
            return ProofVerdict.UNPROVEN
        return ProofVerdict.PROVEN


@dataclass(frozen=True, slots=True)
class Question:
    """Whose footage, and when; ``kept`` are heads that lay outside the centre."""

    camera_id: CameraId
    began: datetime
    ended: datetime
    kept: tuple[KeptHead, ...] = ()


def prove(
    journal: Journal, locate: Locate, question: Question, authority: SiteAuthority | None, tell: Tell
) -> FootageProof:
    """Reads every file of the span once; ``tell`` hears how many bytes, of how many."""
    began, ended = wall_ticks(question.began), wall_ticks(question.ended)
    life = journal.segments_of(question.camera_id, with_shed=True)
    fates = fates_of(journal, question.camera_id)
    asked = [s for s in life if s.started_wall < ended and s.ended_wall > began]
    signed = heads_of(journal, question.camera_id)
    heads, bad_heads = _heads(journal, signed, life, authority)
    kept = [each for each in question.kept if each.head.camera_id == question.camera_id]
    losses = losses_of(journal, question.camera_id, question.began, question.ended)
    if asked:
        last = asked[-1].number
        covering = [head.number for head in heads if head.valid and head.certified and head.number >= last]
        heads = [h for h in heads if asked[0].number <= h.number <= min(covering, default=h.number)]
    else:
        heads = []
    return FootageProof(
        camera_id=question.camera_id,
        began=question.began,
        ended=question.ended,
        site_key="" if authority is None else authority.fingerprint,
        segments=tuple(_segments(asked, fates, locate, tell)),
        breaks=(*_breaks(life), *bad_heads, *contradictions(journal.archive_id(), kept, life)),
        gaps=tuple(_gaps(asked, life, question, losses)),
        heads=tuple(heads),
    )


def _segments(
    asked: Sequence[Segment], fates: Mapping[int, Fate], locate: Locate, tell: Tell
) -> Iterator[SegmentProof]:
    total, done = sum(segment.size for segment in asked), 0
    for segment in asked:
        fate = fates.get(segment.number)
        standing = _fate_standing(fate) if fate is not None else _file_standing(segment, locate)
        done += segment.size
        tell(done, total)
        yield SegmentProof(
            segment.number,
            wall_instant(segment.started_wall),
            wall_instant(segment.ended_wall),
            standing,
            "" if fate is None else f"{fate.reason} {fate.at:%Y-%m-%d %H:%M}Z",
            segment.origin,
        )


def _fate_standing(fate: Fate) -> Standing:
    return Standing.SHED if fate.by_rule else Standing.LOST


def _file_standing(segment: Segment, locate: Locate) -> Standing:
    path = locate(segment)
    if path is None:
        return Standing.ELSEWHERE
    try:
        whole = path.stat().st_size == segment.size and hash_of(path) == segment.sha256
    except FileNotFoundError:
        return Standing.MISSING
    return Standing.WHOLE if whole else Standing.CHANGED


def _breaks(life: Sequence[Segment]) -> Iterator[str]:
    """Every place of the camera's whole life where the chain does not hold."""
    previous, number = GENESIS, 0
    for segment in life:
        if segment.number <= number:
            yield f"Segment {segment.number} stands after {number}."
        elif segment.previous_chain != previous:
            before = number or "the beginning"
            yield f"Segment {segment.number} does not follow from {before}: one was dropped or changed."
        if segment.chain != chain_value(segment):
            yield f"The facts of segment {segment.number} are not those that it was recorded with."
        previous, number = segment.chain, segment.number


def _heads(
    journal: Journal, signed: Sequence[SignedHead], life: Sequence[Segment], authority: SiteAuthority | None
) -> tuple[list[HeadProof], list[str]]:
    archive_id, told = journal.archive_id(), certificates(journal)
    chains = {segment.number: segment.chain for segment in life}
    good = {
        public: authority is not None and any(authority.certifies(public, each) for each in known)
        for public, known in told.items()
    }
    proofs, breaks = [], []
    for head in signed:
        holds, fits = signature_holds(archive_id, head), chains.get(head.number) == head.chain
        proofs.append(HeadProof(head.number, head.at, holds and fits, good.get(head.signer, False)))
        if not holds:
            breaks.append(f"The signature of the head at segment {head.number} is wrong.")
        elif not fits:
            when = f"{head.at:%Y-%m-%d %H:%M}Z"
            breaks.append(f"The head signed {when} vouches for another segment {head.number} than the journal's.")
    return proofs, breaks


def _gaps(
    asked: Sequence[Segment], life: Sequence[Segment], question: Question, losses: Sequence[StreamLost]
) -> Iterator[Gap]:
    """By wall time, whatever order the segments came in; shed footage is no gap."""
    began, ended = wall_ticks(question.began), wall_ticks(question.ended)
    before = [segment for segment in life if segment.ended_wall <= began]
    at, reason = began, max(before, key=lambda s: s.ended_wall).end_reason if before else "not_recorded_before"
    for segment in sorted(asked, key=lambda each: each.started_wall):
        if segment.started_wall - at > GAP_TICKS:
            yield Gap(wall_instant(at), wall_instant(segment.started_wall), _why(reason, at, segment, losses))
        if segment.ended_wall > at:
            at, reason = segment.ended_wall, segment.end_reason
    if ended - at > GAP_TICKS:
        later = any(segment.started_wall >= ended for segment in life)
        why = _why(reason, at, None, losses) if later or reason != "rotated" else "not_recorded_yet"
        yield Gap(wall_instant(at), question.ended, why)


def _why(reason: str, at: int, after: Segment | None, losses: Sequence[StreamLost]) -> str:
    """The stream's own fault says more than that it was lost."""
    end = None if after is None else wall_instant(after.started_wall)
    told = [
        loss.reason
        for loss in losses
        if (loss.at - wall_instant(at)).total_seconds() > -5 and (end is None or loss.at < end)
    ]
    return "+".join(dict.fromkeys([reason, *told]))


def in_words(proof: FootageProof) -> Iterator[str]:
    """The proof as lines for a person."""
    yield f"Camera {proof.camera_id}, {_span(proof.began, proof.ended)}"
    for standing, group in groupby(proof.segments, key=lambda each: (each.standing, each.reason)):
        run = list(group)
        numbers = f"{run[0].number}" if len(run) == 1 else f"{run[0].number} to {run[-1].number} ({len(run)})"
        why = f" ({standing[1]})" if standing[1] else ""
        yield f"  segments {numbers}: {_WORDS[standing[0]]}{why}  {_span(run[0].began, run[-1].ended)}"
    for gap in proof.gaps:
        yield f"  no picture {_span(gap.began, gap.ended)}: {gap.reason.replace('_', ' ').replace('+', ', ')}"
    for head in proof.heads:
        state = "certified by the site's key" if head.certified else "NOT certified by the site's key"
        yield f"  head at segment {head.number} signed {head.at:%Y-%m-%d %H:%M:%S}Z, {state}"
    for each in proof.breaks:
        yield f"  BREAK: {each}"
    yield _conclusion(proof)


_WORDS = {
    Standing.WHOLE: "whole, as recorded",
    Standing.SHED: "deleted by rule, the hash remains",
    Standing.LOST: "LOST, the hash remains",
    Standing.MISSING: "THE FILE IS MISSING",
    Standing.CHANGED: "THE FILE IS NOT WHAT WAS RECORDED",
    Standing.ELSEWHERE: "in a store that is not at hand, not looked at",
}


def _conclusion(proof: FootageProof) -> str:
    if proof.verdict is ProofVerdict.PROVEN:
        return f"Proven: the footage is what was recorded, in order. Site's key {proof.site_key}."
    if proof.verdict is ProofVerdict.BROKEN:
        return "Broken: footage is missing or is not what was recorded; see above."
    if not proof.segments:
        return "Nothing to prove: nothing was recorded in this time."
    if not proof.site_key:
        return "Not proven: the site's public key is needed (--site-key)."
    if not proof.covered:
        return "Not proven yet: no certified head covers the last segments; the recorder signs the next one soon."
    return "Not proven: part of the footage is not at hand here."


def _span(began: datetime, ended: datetime) -> str:
    return f"{began:%Y-%m-%d %H:%M:%S}Z to {ended:%Y-%m-%d %H:%M:%S}Z"


def as_json(proof: FootageProof) -> str:
    """One object: the fields of ``FootageProof``, with ``verdict``."""
    return json.dumps({"verdict": proof.verdict, **_PROOF.dump_python(proof, mode="json")}, ensure_ascii=False)


_PROOF = TypeAdapter(FootageProof)
