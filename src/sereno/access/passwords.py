"""Passwords: which are accepted, how they are kept, and how long a name must wait after wrong ones."""

import unicodedata
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sereno.core.clock import Clock
from sereno.core.errors import RetryLaterError, invalid

MIN_LENGTH = 10
MAX_LENGTH = 200
MIN_DIFFERENT = 5

HASHES_AT_ONCE = 2
HASHES_WAITING = 8

FREE_ATTEMPTS = 3
LONGEST_PAUSE_S = 30.0
FORGET_AFTER_S = 900.0
MAX_REMEMBERED = 10_000


def check_password(password: str, name: str) -> str:
    """``password`` itself. Raises: AppError invalid that says which rule it breaks, and never repeats it."""
    if len(password) < MIN_LENGTH:
        raise invalid("password_short", f"A password has at least {MIN_LENGTH} characters.", "Three words are easy.")
    if len(password) > MAX_LENGTH:
        raise invalid("password_long", f"A password has at most {MAX_LENGTH} characters.")
    if len(set(password)) < MIN_DIFFERENT:
        raise invalid("password_simple", f"A password has at least {MIN_DIFFERENT} different characters.")
    if name_key(name) and name_key(name) in name_key(password):
        raise invalid("password_names_person", "A password does not contain the person's name.")
    return password


def check_name(name: str) -> str:
    """The name as it is shown. Raises: AppError invalid."""
    shown = " ".join(unicodedata.normalize("NFC", name).split())
    if not 2 <= len(shown) <= 80 or any(unicodedata.category(each).startswith("C") for each in shown):
        raise invalid("person_name_invalid", "A name has 2 to 80 visible characters.")
    return shown


def name_key(name: str) -> str:
    """What makes two names the same one: case, width and accents' spelling do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class Passwords:
    """Argon2id with the library's defaults (RFC 9106, low memory); at most two hashes at once, 64 MiB each."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._queue = BoundedSemaphore(HASHES_AT_ONCE + HASHES_WAITING)
        self._turns = BoundedSemaphore(HASHES_AT_ONCE)
        self._nobody = self._hasher.hash("the password of an account that does not exist")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Few may wait: each holds a thread of the server, and the room's requests need the others."""
        if not self._queue.acquire(blocking=False):
            raise RetryLaterError("sign_in_busy", "Too many people sign in right now.", "Try again.", 2)
        try:
            with self._turns:
                yield
        finally:
            self._queue.release()

    def hash(self, password: str) -> str:
        with self._turn():
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Takes the same time when there is no such account (``stored`` None) as when the password is wrong."""
        with self._turn():
            try:
                self._hasher.verify(stored or self._nobody, password[:MAX_LENGTH])
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None


@dataclass(slots=True)
class _Attempts:
    count: int
    last_s: float


class Throttle:
    """A growing pause after wrong passwords, for one name from one address.

    Nobody else waits: an attacker elsewhere cannot lock a person out. An attempt during the pause is refused unseen and
    does not lengthen it. What is counted is forgotten after a quarter of an hour, and on restart.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._attempts: OrderedDict[tuple[str, str], _Attempts] = OrderedDict()

    def begin(self, name: str, address: str) -> None:
        """Count an attempt, before it is known to be wrong. Raises: RetryLaterError during the pause."""
        key, now_s = (name_key(name)[:MAX_LENGTH], address), self._clock.monotonic_s()
        with self._lock:
            attempts = self._attempts.get(key)
            if attempts is None or now_s - attempts.last_s > FORGET_AFTER_S:
                attempts = _Attempts(0, now_s)
            wait_s = attempts.last_s + pause_s(attempts.count) - now_s
            if attempts.count and wait_s > 0:
                raise _too_many(wait_s)
            self._attempts[key] = _Attempts(attempts.count + 1, now_s)
            self._attempts.move_to_end(key)
            while len(self._attempts) > MAX_REMEMBERED:
                self._attempts.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        with self._lock:
            self._attempts.pop((name_key(name)[:MAX_LENGTH], address), None)


def pause_s(wrong: int) -> float:
    """1, 2, 4 … seconds after the third wrong password, half a minute at most."""
    if wrong < FREE_ATTEMPTS:
        return 0.0
    return float(min(2 ** min(wrong - FREE_ATTEMPTS, 10), LONGEST_PAUSE_S))


def _too_many(wait_s: float) -> RetryLaterError:
    whole_s = int(wait_s) + 1
    return RetryLaterError(
        "sign_in_paused",
        f"Too many wrong passwords for this name from this place: wait {whole_s} s.",
        "An administrator can set a new password.",
        whole_s,
    )
