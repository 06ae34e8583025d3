"""From a drawing to the ground; pure."""

from collections.abc import Sequence

from sereno.cameras.ground.model import Drawing, Found, Method, Note
from sereno.core.errors import invalid
from sereno.core.geometry import Box
from sereno.maps.ground.heights import UNKNOWN_POSE, fit_heights
from sereno.maps.ground.overlay import Overlay, overlay
from sereno.maps.ground.pairs import LEAST_PAIRS, MAP_ERROR_M, fit_pairs
from sereno.maps.ground.plane import GroundPlane
from sereno.maps.ground.pose import Evidence, Pose, PoseErrors, PoseFit, fit_pose

MOST_LENGTHS = 20
UNSURE_M = 2.0
_RESIDUAL_M = 1.5
_WIDEST_PX = 20_000

Persons = Sequence[Sequence[Box]]


def reckon(drawing: Drawing, persons: Persons) -> tuple[GroundPlane, Found]:
    """``persons``: boxes of each who walked by, for ``heights`` alone.

    Raises: AppError invalid that says what is wrong with the drawing.
    """
    if not (16 <= drawing.width <= _WIDEST_PX and 16 <= drawing.height <= _WIDEST_PX):
        raise invalid("ground_picture_size", "The picture that was drawn on has no size.", "Load it again.")
    match drawing.method:
        case Method.PAIRS:
            return _by_pairs(drawing)
        case Method.POSE:
            if len(drawing.lengths) > MOST_LENGTHS:
                raise invalid("ground_lengths_many", f"At most {MOST_LENGTHS} lines of known length.")
            evidence = Evidence(lengths=drawing.lengths, pairs=drawing.pairs)
            return _shown(fit_pose(_pose(drawing), PoseErrors(), drawing.width, drawing.height, evidence), ())
        case Method.HEIGHTS:
            fit = fit_heights(persons, _pose(drawing), drawing.width, drawing.height, UNKNOWN_POSE)
            return _shown(fit, (Note.SIZE_GUESSED,))


def _by_pairs(drawing: Drawing) -> tuple[GroundPlane, Found]:
    fit = fit_pairs(drawing.pairs, drawing.width, drawing.height)
    drawn = overlay(fit.plane)
    notes = [Note.NO_CHECK] if len(drawing.pairs) == LEAST_PAIRS else []
    if any(residual > max(_RESIDUAL_M, 3 * MAP_ERROR_M) for residual in fit.residuals_m):
        notes.append(Note.RESIDUAL)
    found = Found(residuals_m=fit.residuals_m, rms_m=fit.rms_m, overlay=drawn, notes=(*notes, *_on_errors(drawn)))
    return fit.plane, found


def _shown(fit: PoseFit, notes: tuple[Note, ...]) -> tuple[GroundPlane, Found]:
    drawn = overlay(fit.plane)
    found = Found(
        pose=fit.pose,
        height_error=fit.height_error,
        tilt_error_deg=fit.tilt_error_deg,
        focal_error=fit.focal_error,
        overlay=drawn,
        notes=(*notes, *_on_errors(drawn)),
    )
    return fit.plane, found


def _on_errors(drawn: Overlay) -> tuple[Note, ...]:
    if drawn.error_m is None:
        return (Note.NOWHERE,)
    return (Note.UNSURE,) if drawn.error_m > UNSURE_M else ()


def _pose(drawing: Drawing) -> Pose:
    if drawing.pose is None:
        raise invalid("ground_pose_missing", "Say how the camera stands: its height, tilt and field of view.")
    return drawing.pose
