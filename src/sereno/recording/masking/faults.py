"""What can keep a masked camera from being recorded, besides what is wrong with its stream."""

from enum import StrEnum

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.core.errors import AppError, unavailable


class MaskingFault(StrEnum):
    ENCODER_MISSING = "encoder_missing"
    ENDED = "masker_ended"


def masking_fault(fault: MaskingFault) -> AppError:
    if fault is MaskingFault.ENCODER_MISSING:
        return unavailable(
            fault.value,
            "Burning masks into video needs the library OpenH264, which is not on this machine.",
            "Install it (Debian: apt install libopenh264-7), or set the mask in the camera itself.",
        )
    return unavailable(
        fault.value,
        "The part of Sereno that masks this camera ended.",
        "It is started again by itself; nothing is recorded unmasked.",
    )


def fault_of(code: str) -> AppError:
    """The fault that the masker names."""
    if code == MaskingFault.ENCODER_MISSING:
        return masking_fault(MaskingFault.ENCODER_MISSING)
    return stream_fault(StreamFault(code) if code in set(StreamFault) else StreamFault.ENDED)
