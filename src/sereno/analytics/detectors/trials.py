"""A foreign model's first run, so watched that one that kills the program does not kill it for ever."""

from pathlib import Path
from types import TracebackType

from sereno.core.errors import AppError, ErrorKind

_TRIES = 2
"""The first end may have had another cause: the power, an impatient restart."""


class Trial:
    """Leaves a mark while a model is loaded and tried; a mark that is still there says that the program ended then."""

    def __init__(self, folder: Path, name: str, sha256: str) -> None:
        self._name = name
        self._mark = folder / f"{name}-{sha256[:16]}.trial"

    def __enter__(self) -> None:
        """Raises: AppError internal when the program ended twice while this very file was tried."""
        tries = len(self._mark.read_bytes()) if self._mark.exists() else 0
        if tries >= _TRIES:
            raise AppError(
                ErrorKind.INTERNAL,
                "model_crashed",
                f"The analysis ended {tries} times while it tried the model {self._name}.",
                f"Bring another file, or remove {self._mark.name} from the analyst's models and have it tried again.",
            )
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.write_bytes(b"." * (tries + 1))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whatever was raised, the program lives."""
        self._mark.unlink(missing_ok=True)
