"""The daily proof on paper: a CSV file with every figure, and a PDF/A in an auditor's words that names its hash."""

import csv
import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import typst
from pydantic import TypeAdapter

from sereno.core.ids import CameraId
from sereno.upkeep.limits import Limit
from sereno.upkeep.model import CameraDay, Finding, Item, TicketState, Verdict
from sereno.upkeep.service import Proof

Words = dict[str, str]
CATALOGUES = TypeAdapter(dict[str, Words]).validate_json(Path(__file__).with_name("report_words.json").read_bytes())
"""Spanish first, for who has never seen this program. Codes without words stand as they are."""
_TEMPLATE = Path(__file__).with_name("report.typ")
_GAPS_SHOWN = 60
_NOTHING = "-"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""
_COLUMNS = (
    *("day", "camera", "camera_id", "item", "verdict", "figure", "limit", "unit", "note", "source"),
    *("from", "to", "expected_s", "recorded_s", "planned_s", "version", "final"),
)


class Reporter:
    def __init__(self, site_name: str, zone: ZoneInfo) -> None:
        self._site = site_name
        self._zone = zone

    def csv(self, proof: Proof, language: str) -> bytes:
        """One row for each finding and each gap; the same data gives the same bytes."""
        words = CATALOGUES[language]
        names = {camera.id: camera.name for camera in proof.cameras}
        file = StringIO(newline="")
        writer = csv.writer(file)
        writer.writerow([words[column] for column in _COLUMNS])
        for day in sorted(proof.days, key=lambda day: (day.day, names[day.camera_id])):
            for row in self._rows(day, names[day.camera_id], words):
                writer.writerow(row)
        return ("\ufeff" + file.getvalue()).encode()

    def pdf(self, proof: Proof, language: str) -> bytes:
        """PDF/A-2b. The template gets plain text only, as JSON: no name in it can become a command."""
        digest = hashlib.sha256(self.csv(proof, language)).hexdigest()
        page = self._page(proof, CATALOGUES[language], language, digest)
        return bytes(
            typst.compile(
                str(_TEMPLATE),
                root=str(_TEMPLATE.parent),
                sys_inputs={"page": json.dumps(page, ensure_ascii=False)},
                pdf_standards="a-2b",
                ignore_system_fonts=True,
                timestamp=proof.made_at.replace(microsecond=0),
            )
        )

    def _rows(self, day: CameraDay, name: str, words: Words) -> Iterable[list[str | float | None]]:
        head: list[str | float | None] = [day.day.isoformat(), _safe(name), day.camera_id]
        tail: list[str | float | None] = [
            *(day.expected_s, day.recorded_s, day.planned_s, day.version, words["yes" if day.final else "no"])
        ]
        for finding in day.findings:
            judged: list[str | float | None] = [
                words[f"item.{finding.item}"],
                words[f"verdict.{finding.verdict}"],
                finding.figure,
                finding.limit,
                words.get(f"unit.{finding.unit}", finding.unit),
                _note(finding.note, words),
                _source(finding.source, words),
            ]
            yield [*head, *judged, self._stamp(day.began), self._stamp(day.ended), *tail]
        for gap in day.gaps:
            lasted_s = round((gap.ended - gap.began).total_seconds(), 1)
            told: list[str | float | None] = [words["gap"], "", lasted_s, None, "s", _note(gap.reason, words), ""]
            yield [*head, *told, self._stamp(gap.began), self._stamp(gap.ended), *tail]

    def _page(self, proof: Proof, words: Words, language: str, digest: str) -> dict[str, object]:
        names = {camera.id: camera.name for camera in proof.cameras}
        one_day = proof.first == proof.last
        gaps = [(day, gap) for day in proof.days for gap in day.gaps]
        gaps.sort(key=lambda pair: pair[1].began - pair[1].ended)
        span = proof.first.isoformat() if one_day else f"{proof.first.isoformat()} / {proof.last.isoformat()}"
        return {
            "words": words,
            "language": language,
            "title": words["title" if one_day else "title_span"],
            "facts": [
                [words["site"], self._site],
                [words["span"], span],
                [words["made"], f"{self._stamp(proof.made_at)} ({self._zone.key})"],
                [words["profile"], proof.limits.jurisdiction],
            ],
            "unfinished": any(not day.final for day in proof.days),
            "summary": self._summary(proof, words),
            "limits": _limits(proof, words),
            "heads": [words["camera"], *(words[f"item.{item}"] for item in Item)]
            if one_day
            else [words[name] for name in ("camera", "days", "days_met", "item.availability", "lowest", "failed")],
            "rows": _day_rows(proof.days, names, words) if one_day else _span_rows(proof.days, names, words),
            "one_day": one_day,
            "gaps": [
                [
                    names[day.camera_id],
                    self._stamp(gap.began),
                    self._stamp(gap.ended),
                    _length((gap.ended - gap.began).total_seconds()),
                    _note(gap.reason, words),
                ]
                for day, gap in gaps[:_GAPS_SHOWN]
            ],
            "more_gaps": words["more_gaps"].format(shown=_GAPS_SHOWN, all=len(gaps)) if len(gaps) > _GAPS_SHOWN else "",
            "tickets": self._tickets(proof, words),
            "digest": digest,
        }

    def _summary(self, proof: Proof, words: Words) -> list[list[str]]:
        verdicts = [day.verdict for day in proof.days]
        expected_s = sum(day.expected_s for day in proof.days)
        mean = sum(day.recorded_s for day in proof.days) / expected_s if expected_s >= 1 else None
        waiting = [ticket for ticket in proof.tickets if ticket.state is not TicketState.DONE]
        overdue = sum(ticket.due_at < proof.made_at for ticket in waiting)
        return [
            [words["cameras"], str(len(proof.cameras))],
            [words["camera_days"], str(len(verdicts))],
            [words["met_days"], str(verdicts.count(Verdict.MET))],
            [words["failed_days"], str(verdicts.count(Verdict.NOT_MET))],
            [words["unmeasured_days"], str(verdicts.count(Verdict.NOT_MEASURED))],
            [words["mean"], _NOTHING if mean is None else _percent(mean)],
            [words["open_tickets"], str(len(waiting))],
            [words["overdue"], str(overdue)],
        ]

    def _tickets(self, proof: Proof, words: Words) -> list[list[str]]:
        ordered = sorted(proof.tickets, key=lambda ticket: (ticket.closed_at is not None, ticket.due_at))
        return [
            [
                ticket.camera_name,
                f"{words[f'item.{ticket.item}']}: {_note(ticket.code, words)}".rstrip(": "),
                self._stamp(ticket.opened_at),
                self._stamp(ticket.due_at),
                words[f"state.{ticket.state}"],
            ]
            for ticket in ordered
        ]

    def _stamp(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S %z")


def _limits(proof: Proof, words: Words) -> list[list[str]]:
    limits = proof.limits

    def row(name: str, value: str, limit: Limit) -> list[str]:
        return [words[f"limit.{name}"], value, _source(limit.source, words)]

    return [
        row("availability", _percent(limits.availability.value), limits.availability),
        row("retention", f"{limits.floor_days.value:g} {words['unit.days']}", limits.floor_days),
        row("view", f"{limits.fault_minutes.value:g} min", limits.fault_minutes),
        row("clock", f"{limits.clock_s.value:g} s", limits.clock_s),
        row("urgent", f"{limits.repair_urgent_hours.value:g} h", limits.repair_urgent_hours),
        row("repair", f"{limits.repair_hours.value:g} h", limits.repair_hours),
    ]


def _day_rows(days: Iterable[CameraDay], names: dict[CameraId, str], words: Words) -> list[list[dict[str, str]]]:
    return [
        [{"text": names[day.camera_id], "verdict": ""}, *(_cell(day.finding(item), words) for item in Item)]
        for day in sorted(days, key=lambda day: (*_badness(day), names[day.camera_id]))
    ]


def _span_rows(days: Iterable[CameraDay], names: dict[CameraId, str], words: Words) -> list[list[dict[str, str]]]:
    by_camera: dict[CameraId, list[CameraDay]] = {}
    for day in days:
        by_camera.setdefault(day.camera_id, []).append(day)
    rows: list[tuple[float, str, list[dict[str, str]]]] = []
    for camera_id, own in by_camera.items():
        expected_s = sum(day.expected_s for day in own)
        shares = [day.recorded_s / day.expected_s for day in own if day.expected_s >= 1]
        met = sum(day.verdict is Verdict.MET for day in own)
        failed = [item for item in Item if any(day.finding(item).verdict is Verdict.NOT_MET for day in own)]
        texts = [
            names[camera_id],
            str(len(own)),
            str(met),
            _percent(sum(day.recorded_s for day in own) / expected_s) if expected_s >= 1 else _NOTHING,
            _percent(min(shares)) if shares else _NOTHING,
            ", ".join(words[f"item.{item}"] for item in failed) or _NOTHING,
        ]
        verdict = Verdict.NOT_MET.value if failed else Verdict.MET.value
        cells = [{"text": text, "verdict": verdict if number == 5 else ""} for number, text in enumerate(texts)]
        rows.append((met / len(own), names[camera_id], cells))
    return [cells for _, _, cells in sorted(rows, key=lambda row: row[:2])]


def _badness(day: CameraDay) -> tuple[int, float]:
    failed = sum(finding.verdict is Verdict.NOT_MET for finding in day.findings)
    return -failed, day.recorded_s / day.expected_s if day.expected_s >= 1 else 2.0


def _cell(finding: Finding, words: Words) -> dict[str, str]:
    if finding.figure is None:
        text = words["verdict.not_measured"]
    elif finding.item is Item.AVAILABILITY:
        text = _percent(finding.figure)
    else:
        text = f"{finding.figure:g} {words.get(f'unit.{finding.unit}', finding.unit)}"
    return {"text": text, "verdict": finding.verdict.value}


def _percent(share: float) -> str:
    """Never rounded up to what it is not."""
    return f"{int(share * 10_000) / 100:.2f} %"


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _note(code: str, words: Words) -> str:
    return words.get(f"note.{code}", code)


def _source(source: str, words: Words) -> str:
    """The certainty, a word at its end, in the reader's language."""
    head, _, tail = source.rpartition(", ")
    if tail in words:
        return f"{head}, {words[tail]}".removeprefix(", ")
    return source.replace("settings:", f"{words['settings']}:")


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
