"""The pages that are written from the code; ``make docs`` writes them, a test compares them."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

from sereno.alerts import rules_page
from sereno.runtime import settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "generated"


def settings_page() -> str:
    """Every setting with its default and the sentence that stands under it in the code."""
    lines = ["# Settings", "", "One TOML file, read once at start. Unknown keys are refused.", ""]
    lines += ["| setting | default | what |", "|---|---|---|"]
    lines += _rows(settings.Settings, "")
    return "\n".join(lines) + "\n"


def _rows(kind: type, prefix: str) -> list[str]:
    hints, notes, rows = get_type_hints(kind), _notes(kind), []
    defaults = kind()
    for field in fields(kind):
        hint = hints[field.name]
        if isinstance(hint, type) and is_dataclass(hint):
            rows += _rows(hint, f"{prefix}{field.name}.")
        else:
            default = getattr(defaults, field.name)
            rows.append(f"| `{prefix}{field.name}` | `{default}` | {notes[field.name]} |")
    return rows


def _notes(kind: type) -> dict[str, str]:
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    notes: dict[str, str] = {}
    for statement, following in zip(body.body, body.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = following.value if isinstance(following, ast.Expr) else None
            notes[statement.target.id] = str(text.value) if isinstance(text, ast.Constant) else ""
    return {name: " ".join(text.split()) for name, text in notes.items()} | {
        field.name: "" for field in fields(kind) if field.name not in notes
    }


PAGES: dict[str, Callable[[], str]] = {"rules.md": rules_page.render, "settings.md": settings_page}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, render in PAGES.items():
        (FOLDER / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
