"""The state diagram in the design note is the one that the table draws."""

from pathlib import Path

from sereno.incidents.states import render_state_diagram


def test_the_diagram_of_an_incident_is_the_tables() -> None:
    note = (Path(__file__).parents[2] / "docs" / "design" / "dispatch.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{render_state_diagram()}```\n" in note
