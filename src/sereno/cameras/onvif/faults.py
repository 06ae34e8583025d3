"""What can be wrong with a device, in words."""

from enum import StrEnum

from sereno.core.errors import AppError, ErrorKind


class DeviceFault(StrEnum):
    UNREACHABLE = "device_unreachable"
    TIMEOUT = "device_timeout"
    UNAUTHORIZED = "device_unauthorized"
    NOT_ONVIF = "device_not_onvif"
    GARBAGE = "device_garbage"
    UNSUPPORTED = "device_unsupported"
    REFUSED = "device_refused"


_WORDS: dict[DeviceFault, tuple[ErrorKind, str, str]] = {
    DeviceFault.UNREACHABLE: (
        ErrorKind.UNAVAILABLE,
        "The device cannot be reached.",
        "Check that it has power and network, and that address and port are right.",
    ),
    DeviceFault.TIMEOUT: (
        ErrorKind.UNAVAILABLE,
        "The device does not answer in time.",
        "Check the network to it; some cameras answer slowly while they are being watched by many.",
    ),
    DeviceFault.UNAUTHORIZED: (
        ErrorKind.DENIED,
        "The device refuses the user name or password.",
        "Many cameras keep a separate list of ONVIF users: make one there, with the rights of an operator.",
    ),
    DeviceFault.NOT_ONVIF: (
        ErrorKind.INVALID,
        "What answers at this address does not speak ONVIF.",
        "Switch ONVIF on in the camera's web page, and check the port.",
    ),
    DeviceFault.GARBAGE: (
        ErrorKind.INVALID,
        "The device answers something that cannot be read.",
        "Restart it, or bring its firmware up to date.",
    ),
    DeviceFault.UNSUPPORTED: (
        ErrorKind.INVALID,
        "The device cannot do this.",
        "Look up in its manual which ONVIF profiles it has.",
    ),
    DeviceFault.REFUSED: (
        ErrorKind.CONFLICT,
        "The device refuses to do this.",
        "",
    ),
}


def device_fault(fault: DeviceFault, detail: str = "") -> AppError:
    """The fault with its words; ``detail`` is shown in brackets and must hold no URL."""
    kind, message, advice = _WORDS[fault]
    return AppError(kind, fault.value, f"{message[:-1]} ({detail})." if detail else message, advice)
