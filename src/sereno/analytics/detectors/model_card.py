"""The card of an ONNX detector: what the file is, whose it is, how to use it. A site writes one for its model."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sereno.analytics.detectors.layouts import Layout, OutputNames, Reading
from sereno.analytics.model import ObjectKind
from sereno.core.errors import invalid

_STRICT = ConfigDict(extra="forbid", frozen=True)
_STRIDE = 32
Channels = tuple[float, float, float]


class InputCard(BaseModel):
    """A number that enters is ``(byte * scale - mean) / deviation``, channel by channel. Units: pixels."""

    model_config = _STRICT

    width: Annotated[int, Field(ge=32, le=2048)]
    height: Annotated[int, Field(ge=32, le=2048)]
    colour: Literal["rgb", "bgr"]
    scale: Annotated[float, Field(gt=0, le=1)] = 1.0
    mean: Channels = (0.0, 0.0, 0.0)
    deviation: Channels = (1.0, 1.0, 1.0)
    padding: Annotated[int, Field(ge=0, le=255)] = 114
    """Grey of what the picture does not fill."""


class OutputCard(BaseModel):
    model_config = _STRICT

    layout: Layout
    class_count: Annotated[int, Field(ge=1, le=1000)]
    boxes: str = ""
    scores: str = ""
    labels: str = ""
    fractions: bool = False


class ModelCard(BaseModel):
    """``classes``: the model's class number to our kind; what is not named is not looked for."""

    model_config = _STRICT

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,31}$")]
    """That of the card's file; the card does not repeat it."""
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")]
    """Beside the card; a name, no path."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    licence: Annotated[str, Field(min_length=2, max_length=200)]
    """Of the weights, as their maker states it (SPDX where there is one)."""
    source: str = ""
    input: InputCard
    output: OutputCard
    classes: Annotated[dict[int, ObjectKind], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> "ModelCard":
        beyond = [number for number in self.classes if not 0 <= number < self.output.class_count]
        if beyond:
            raise ValueError(f"class {beyond[0]} is not one of the {self.output.class_count} that are declared")
        if self.output.layout is Layout.YOLOX and (self.input.width % _STRIDE or self.input.height % _STRIDE):
            raise ValueError(f"width and height of a YOLOX input are multiples of {_STRIDE}")
        if self.output.layout is Layout.BOXES and not self.output.boxes:
            raise ValueError("the output of the boxes has to be named")
        return self

    @property
    def reading(self) -> Reading:
        names = OutputNames(
            boxes=self.output.boxes,
            scores=self.output.scores,
            labels=self.output.labels,
            fractions=self.output.fractions,
        )
        return Reading(
            layout=self.output.layout,
            names=names,
            width=self.input.width,
            height=self.input.height,
            class_count=self.output.class_count,
        )


def read_card(path: Path) -> ModelCard:
    """Raises: AppError invalid that names the card and the key."""
    try:
        return ModelCard.model_validate({**tomllib.loads(path.read_text(encoding="utf-8")), "name": path.stem})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise invalid("model_card", f"{path.name} is not valid TOML: {error}.") from None
    except OSError as error:
        raise invalid("model_card", f"{path.name} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the card"
        raise invalid(
            "model_card", f"{path.name}: {key}: {first['msg']}.", "docs/design/detectors.md tells what a card holds."
        ) from None
