"""The page that tells what each rule does, its parameters and where it fails; written from the rules themselves."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from enum import Enum
from textwrap import dedent

from sereno.alerts.rule_set import PLACE_RULES, RULES
from sereno.core.geometry import Line, Zone

_DRAWN = {Zone: "drawn, 3 to 32 corners", Line: "drawn, start and end"}
_NOT_PARAMETERS = {"id", "name", "kind"}


def render() -> str:
    """Markdown. Units stand in the names: ``_s`` seconds, ``_deg`` degrees; the rest are fractions or counts."""
    lines = [
        "# Rules",
        "",
        "What raises an alert. Zones, lines and lengths are in fractions of the picture; `_s` are seconds of",
        "observation time, `_deg` degrees. An alert always carries the numbers that made it ring.",
        "",
    ]
    for rule in RULES:
        lines += _section(rule)
    lines += ["## What a place begins with", "", "| place | rules |", "|---|---|"]
    for place, rules in PLACE_RULES.items():
        lines.append(f"| {place.value} | {', '.join(rule.kind.value for rule in rules) or 'none until drawn'} |")
    return "\n".join(lines) + "\n"


def _section(rule: type) -> Iterator[str]:
    paragraphs = [" ".join(part.split()) for part in (inspect.getdoc(rule) or "").split("\n\n")]
    own = [field for field in fields(rule) if field.name not in _NOT_PARAMETERS]
    kind = next(field.default for field in fields(rule) if field.name == "kind")
    notes = _notes(rule)
    yield from (f"## {kind.value}", "")
    for paragraph in paragraphs:
        label, found, text = paragraph.partition(": ")
        labelled = found and label in {"Units", "Fails"}
        yield from ((f"**{label}.** {text[0].upper()}{text[1:]}" if labelled else paragraph).replace("``", "`"), "")
    yield from ("| parameter | default | what |", "|---|---|---|")
    for field in own:
        yield f"| `{field.name}` | {_default(field)} | {notes.get(field.name, '')} |"
    yield ""


def _default(field: "Field[object]") -> str:
    if field.default is MISSING:
        return _DRAWN.get(field.type, "required") if isinstance(field.type, type) else "required"
    value = field.default
    if isinstance(value, frozenset):
        return ", ".join(sorted(f"`{each.value}`" for each in value if isinstance(each, Enum)))
    return f"`{value.value if isinstance(value, Enum) else f'{value:g}' if isinstance(value, float) else value}`"


def _notes(rule: type) -> dict[str, str]:
    """The sentence that stands under each field in the code."""
    body = ast.parse(dedent(inspect.getsource(rule))).body[0]
    found: dict[str, str] = {}
    if isinstance(body, ast.ClassDef):
        for statement, following in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
            ):
                found[statement.target.id] = " ".join(str(following.value.value).split())
    return found
