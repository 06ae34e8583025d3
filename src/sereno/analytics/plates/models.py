"""The files that the plate reader works with, each the pinned one."""

import hashlib
from pathlib import Path

from sereno.analytics.assets import PP_OCR_V4_DETECTION, PP_OCR_V4_RECOGNITION
from sereno.analytics.plates.reader import PlateModels
from sereno.core.errors import invalid, not_found

NETWORK = "plates.onnx"


def plate_models(assets: Path, site: Path | None = None, network_sha256: str = "") -> PlateModels:
    """PP-OCR from ``assets``; beside it, where a hash is given, the site's own network.

    Raises: AppError not_found when the network is not there, invalid when it is another file than the one stated.
    """
    return PlateModels(
        detection=assets / PP_OCR_V4_DETECTION.name,
        recognition=assets / PP_OCR_V4_RECOGNITION.name,
        network=_network(site, network_sha256) if network_sha256 else None,
    )


def _network(site: Path | None, sha256: str) -> Path:
    path = (site or Path()) / NETWORK
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise not_found(
            "model_missing", f"The plate network {path} is missing.", "Train it by recipes/plates, or unset its hash."
        ) from None
    if found != sha256.lower():
        raise invalid(
            "model_hash",
            f"{path} has SHA-256 {found}, not the one that is stated.",
            "State analytics.plate_network_sha256 of the file that was checked.",
        )
    return path
