"""A wall: pages of live pictures. With one page it is a layout, with several it is a tour. Pure."""

from dataclasses import dataclass, replace
from typing import Final

from sereno.access.model import Access
from sereno.core.errors import invalid
from sereno.core.ids import CameraId, PersonId

LAYOUTS: Final = (1, 2, 4, 6, 8, 9, 12, 16, 25, 36)
"""How many pictures a page may show; the console knows the shapes."""
MAX_PAGES = 60
MAX_NAME = 60
DWELL_S = (3, 3_600)


@dataclass(frozen=True, slots=True, kw_only=True)
class WallPage:
    """``cells`` in reading order, the largest first; an empty text is a cell that shows nothing."""

    layout: int
    cells: tuple[str, ...]
    dwell_s: int = 15
    """How long a tour stays on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """``owner`` made it; a shared one is everybody's to see."""

    id: str
    name: str
    owner_id: PersonId
    owner: str
    shared: bool
    pages: tuple[WallPage, ...]


def checked(name: str, pages: tuple[WallPage, ...]) -> str:
    """The name as it is kept. Raises: AppError invalid, in words."""
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise invalid("wall_invalid", f"A wall's name has 1 to {MAX_NAME} characters.")
    if not 0 < len(pages) <= MAX_PAGES:
        raise invalid("wall_invalid", f"A wall has 1 to {MAX_PAGES} pages.")
    for page in pages:
        if page.layout not in LAYOUTS:
            raise invalid("wall_invalid", f"A page shows {', '.join(map(str, LAYOUTS))} pictures.")
        if len(page.cells) > page.layout or any(len(cell) > 64 for cell in page.cells):
            raise invalid("wall_invalid", "A page names more cameras than it shows.")
        if not DWELL_S[0] <= page.dwell_s <= DWELL_S[1]:
            raise invalid("wall_invalid", f"A tour stays {DWELL_S[0]} to {DWELL_S[1]} s on a page.")
    return name


def seen_by(wall: Wall, access: Access, groups: dict[CameraId, str]) -> Wall:
    """Cameras that ``access`` does not see, or that are gone, leave their cells empty."""
    pages = tuple(
        replace(
            page,
            cells=tuple(
                cell if CameraId(cell) in groups and access.sees_group(groups[CameraId(cell)]) else ""
                for cell in page.cells
            ),
        )
        for page in wall.pages
    )
    return replace(wall, pages=pages)
