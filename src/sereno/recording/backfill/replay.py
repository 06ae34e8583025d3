"""Fetches a span of a card by RTSP replay. Source: ONVIF Streaming Specification 6."""

import asyncio
import secrets
import ssl
from datetime import UTC
from urllib.parse import quote, urlsplit, urlunsplit

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.onvif.connection import unverified
from sereno.cameras.onvif.soap import Credentials
from sereno.cameras.rtsp.dialogue import Wish
from sereno.cameras.rtsp.media import Codec, Described, Event, Failed, Sample, SenderClock
from sereno.cameras.rtsp.session import RtspSession
from sereno.core.media_time import TICKS_PER_S, wall_instant
from sereno.recording.backfill.card_file import CardWriter, Placed
from sereno.recording.nal import parameter_sets
from sereno.recording.time_stamps import TimeStamps

SILENCE_S = 10.0
_READ_BYTES = 1 << 18
_LEAD_TICKS = 10 * TICKS_PER_S
"""Asked for before the span: a replay begins at the key frame before, or at the one after."""


class _Replay:
    """Events of a session become placed pictures."""

    def __init__(self, writer: CardWriter, ahead: int) -> None:
        self._writer = writer
        self._ahead = ahead
        self._offset: int | None = None
        """Device wall ticks minus the RTP time stamp of the last picture that told its time."""
        self._stamps = TimeStamps()
        self.over = False

    def take(self, events: list[Event], session: RtspSession) -> None:
        """Raises: AppError, a stream fault."""
        for event in events:
            if isinstance(event, Described):
                codec = event.video.codec or Codec.H264
                self._writer.described(parameter_sets(codec, event.sets))
                session.set_up()
            elif isinstance(event, SenderClock):
                self._offset = event.wall - event.timestamp
            elif isinstance(event, Sample) and self._offset is not None:
                self._place(event, self._offset)
            elif isinstance(event, Failed):
                if event.fault.code != StreamFault.ENDED:
                    raise event.fault
                self.over = True

    def _place(self, sample: Sample, offset: int) -> None:
        shown = sample.timestamp + offset - self._ahead
        # a replay comes faster than time runs: its own times stand for arrival
        decode, presentation = self._stamps.take(shown, shown / TICKS_PER_S)
        self.over = not self._writer.take(Placed(sample, decode, presentation))


async def fetch(url: str, login: Credentials | None, span: tuple[int, int], ahead: int, writer: CardWriter) -> None:
    """Writes what the card holds of ``span`` (wall ticks by our clock). ``ahead``: the device's clock minus ours.

    Raises: AppError, a stream fault.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("rtsp", "rtsps"):
        raise stream_fault(StreamFault.NOT_RTSP)
    session = RtspSession(_with_login(url, login), _wish(span, ahead))
    replay = _Replay(writer, ahead)
    tls: ssl.SSLContext | None = unverified() if parts.scheme == "rtsps" else None
    port = parts.port or (322 if tls else 554)
    try:
        async with asyncio.timeout(SILENCE_S):
            reader, sender = await asyncio.open_connection(parts.hostname, port, ssl=tls)
    except TimeoutError:
        raise stream_fault(StreamFault.TIMEOUT) from None
    except OSError:
        raise stream_fault(StreamFault.UNREACHABLE) from None
    try:
        while not replay.over:
            sender.write(session.to_send())
            async with asyncio.timeout(SILENCE_S):
                await sender.drain()
                received = await reader.read(_READ_BYTES)
            if not received:
                break
            replay.take(session.receive(received), session)
        session.leave()
        sender.write(session.to_send())
    except TimeoutError:
        raise stream_fault(StreamFault.STALLED) from None
    except OSError:
        raise stream_fault(StreamFault.ENDED) from None
    finally:
        sender.close()


def _wish(span: tuple[int, int], ahead: int) -> Wish:
    began, ended = (
        wall_instant(ticks + ahead).astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"
        for ticks in (span[0] - _LEAD_TICKS, span[1])
    )
    play = (("Require", "onvif-replay"), ("Rate-Control", "no"), ("Range", f"clock={began}-{ended}"))
    return Wish(fresh=lambda: secrets.token_hex(8), play=play)


def _with_login(url: str, login: Credentials | None) -> str:
    if login is None:
        return url
    parts = urlsplit(url)
    netloc = f"{quote(login.user, '')}:{quote(login.password, '')}@{parts.netloc}"
    return urlunsplit(parts._replace(netloc=netloc))
