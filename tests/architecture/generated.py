"""The pages that are written from the code; ``make docs`` writes them, a test compares them."""

import ast
import inspect
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_type_hints

from bench.page import benchmarks_page, card_page
from sereno.access.matrix import matrix_page
from sereno.access.model import GRANTS, Permission, Role
from sereno.alerts import rules_page
from sereno.incidents.states import render_state_diagram
from sereno.main.centre import open_centre
from sereno.main.control import control_app
from sereno.main.home import Home
from sereno.main.schema import migrate
from sereno.main.visibility import FACT_RULES
from sereno.runtime import settings
from sereno.runtime.database import Database

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


def authorization_page() -> str:
    """Every route of control and the roles that may call it; a route without a mark of the guard raises."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        Home(home).prepare()
        with closing(Database(Home(home).database)) as database:
            migrate(database)
        with closing(open_centre(settings.Settings(home=home))) as centre:
            return matrix_page(control_app(centre), files=["/"]) + _tickets() + _topics()


def _tickets() -> str:
    rows = [
        ("live: `WS /live` of the media port", Permission.LIVE_VIEW),
        ("clip: `GET /clip` of the media port", Permission.PLAYBACK_VIEW),
    ]
    head = "\n## Media tickets\n\nFor one camera of a group that the person sees, one minute long.\n\n"
    return head + _by_role("ticket", rows)


def _topics() -> str:
    rows = [(f"`{rule.kind.__name__}`", rule.permission) for rule in FACT_RULES]
    head = "\n## Facts on `/api/facts`\n\nThose about a camera go to who sees the camera's group.\n\n"
    return head + _by_role("fact", rows)


def _by_role(what: str, rows: list[tuple[str, Permission]]) -> str:
    lines = [[what, "needs", *Role], ["---"] * (len(Role) + 2)]
    lines += [
        [name, permission, *("✓" if permission in GRANTS[role] else "" for role in Role)] for name, permission in rows
    ]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def states_page() -> str:
    return f"# The life of an incident\n\n```mermaid\n{render_state_diagram()}```\n"


PAGES: dict[str, Callable[[], str]] = {
    "../benchmarks.md": benchmarks_page,
    "../model-card.md": card_page,
    "authorization.md": authorization_page,
    "incident-states.md": states_page,
    "rules.md": rules_page.render,
    "settings.md": settings_page,
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, render in PAGES.items():
        (FOLDER / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
