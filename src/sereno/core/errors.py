"""One error type with a kind; adapters translate into it and the API maps it to HTTP in one table."""

from enum import StrEnum


class ErrorKind(StrEnum):
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    """The only kind that is worth another try."""
    EXHAUSTED = "exhausted"
    DATA_LOSS = "data_loss"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


class AppError(Exception):
    """What went wrong and, in ``advice``, what the reader can do about it.

    ``code`` is stable and machine-readable (``camera_unauthorized``); the console translates it and falls back to
    ``message``. A package subclasses this when a caller must tell cases apart.
    """

    def __init__(self, kind: ErrorKind, code: str, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class RetryLaterError(AppError):
    """Not now, but soon; the answer carries ``Retry-After``."""

    def __init__(
        self, code: str, message: str, advice: str, retry_after_s: int, kind: ErrorKind = ErrorKind.EXHAUSTED
    ) -> None:
        super().__init__(kind, code, message, advice)
        self.retry_after_s = retry_after_s


def invalid(code: str, message: str, advice: str = "") -> AppError:
    return AppError(ErrorKind.INVALID, code, message, advice)


def not_found(code: str, message: str, advice: str = "") -> AppError:
    return AppError(ErrorKind.NOT_FOUND, code, message, advice)


def conflict(code: str, message: str, advice: str = "") -> AppError:
    return AppError(ErrorKind.CONFLICT, code, message, advice)


def denied(code: str, message: str, advice: str = "") -> AppError:
    return AppError(ErrorKind.DENIED, code, message, advice)


def unavailable(code: str, message: str, advice: str = "") -> AppError:
    return AppError(ErrorKind.UNAVAILABLE, code, message, advice)


def exhausted(code: str, message: str, advice: str = "") -> AppError:
    return AppError(ErrorKind.EXHAUSTED, code, message, advice)


def data_loss(code: str, message: str, advice: str = "") -> AppError:
    return AppError(ErrorKind.DATA_LOSS, code, message, advice)
