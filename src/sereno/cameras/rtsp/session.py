"""The dialogue with a camera: OPTIONS, DESCRIBE, SETUP, PLAY, keep-alive, TEARDOWN. Source: RFC 2326 and RFC 7826."""

import re
from collections.abc import Mapping, Sequence

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.rtsp.auth import Authorization, split_login, strongest
from sereno.cameras.rtsp.dialogue import Asked, Dialogue, Stage, Wish
from sereno.cameras.rtsp.h264 import H264Pictures
from sereno.cameras.rtsp.h265 import H265Pictures
from sereno.cameras.rtsp.media import (
    Codec,
    Described,
    Event,
    Failed,
    MediaDescription,
    Playing,
    Redirected,
    SenderClock,
)
from sereno.cameras.rtsp.messages import Message, answer, find_message, request
from sereno.cameras.rtsp.rtcp import Bye, read_rtcp, receiver_report
from sereno.cameras.rtsp.sdp import described_sets, parse_description, resolve_control
from sereno.cameras.rtsp.sound import sound_depacketiser
from sereno.cameras.rtsp.sound_format import SoundDepacketiser
from sereno.cameras.rtsp.track import PictureTrack, SoundTrack, Track
from sereno.cameras.rtsp.transport import ask_transport, read_transport
from sereno.core.errors import AppError

_PICTURES = {Codec.H264: H264Pictures, Codec.H265: H265Pictures}
_DOLLAR = 0x24
_MAX_NOISE_BYTES = 262_144
"""Of what is neither packet nor message, before a stream is given up."""
_MIN_STEP_BYTES = 64
"""A beginning that was none counts as so many, because looking at it costs."""
_MAX_PENDING = 16
_MAX_TRIES = 2
"""A camera that calls every nonce stale is not asked for ever: it would lock the account."""


class RtspSession:
    """Feed what came to ``receive`` and ``datagram``; send what ``to_send`` gives. It ends with a ``Failed``."""

    def __init__(self, url: str, wish: Wish) -> None:
        bare, login = split_login(url)
        self.stage = Stage.GREETING
        self.tracks: dict[int, Track] = {}
        self.server_ports: dict[int, tuple[int, int]] = {}
        """By track: where UDP packets and reports come from; 0 when the camera did not say."""
        self._wish = wish
        self._known = Dialogue(bare, login)
        self._pending: dict[int, Asked] = {}
        self._out: list[bytes] = []
        self._rest = b""
        self._noise = 0
        self._channels: dict[int, Track] = {}
        self._reports: dict[int, Track] = {}
        self._marks = re.compile(rb"RTSP/1\.")  # where a packet of ours or an answer may begin
        self._waiting: list[MediaDescription] = []
        self._ports: Mapping[int, int] = {}
        self._ask("OPTIONS", bare)

    def to_send(self) -> bytes:
        out, self._out = b"".join(self._out), []
        return out

    @property
    def has_to_send(self) -> bool:
        return bool(self._out)

    @property
    def playing(self) -> bool:
        return self.stage is Stage.PLAYING

    def receive(self, received: bytes | memoryview) -> list[Event]:
        """What the next bytes of the connection bring; it does not matter how they were split.

        ``received`` may be used again afterwards.
        """
        events: list[Event] = []
        view = memoryview(b"".join((self._rest, received))) if self._rest else memoryview(received)
        try:
            at = self._read(view, events)
        except AppError as fault:
            self._fail(fault, events)
            return events
        for track in self.tracks.values():
            track.settle()
        self._rest = bytes(view[at:])
        return events

    def datagram(self, track: int, packet: bytes, *, report: bool = False) -> list[Event]:
        """A UDP packet of this track, in order."""
        events: list[Event] = []
        try:
            if report:
                self._report(self.tracks[track], packet, events)
            else:
                self.tracks[track].packet(memoryview(packet), events)
        except AppError as fault:
            self._fail(fault, events)
        return events

    def set_up(self, ports: Mapping[int, int] | None = None) -> None:
        """After ``Described``: by track, the even port of a pair for UDP; without, all comes in the connection."""
        self.stage = Stage.SETTING_UP
        self._ports = ports or {}
        self._set_up_next()

    def keep_alive(self) -> None:
        """Tell the camera that somebody still looks."""
        if self.stage is Stage.PLAYING:
            methods = self._known.methods
            self._ask("GET_PARAMETER" if "GET_PARAMETER" in methods else "OPTIONS", self._known.url)

    def report(self) -> dict[int, bytes]:
        """Receiver reports by track, for UDP; in a connection they are sent with the rest."""
        found = {}
        for number, track in self.tracks.items():
            reception = track.reception(self._wish.ssrc)
            if reception is not None:
                found[number] = receiver_report(reception)
        for channel, track in self._reports.items():
            packet = found.get(track.media.track)
            if packet is not None:
                self._out.append(bytes((_DOLLAR, channel)) + len(packet).to_bytes(2, "big") + packet)
        return found

    def leave(self) -> None:
        if self._known.session and self.stage is not Stage.OVER:
            self._ask("TEARDOWN", self._known.url)
        self.stage = Stage.OVER

    def _fail(self, fault: AppError, events: list[Event]) -> None:
        self.stage = Stage.OVER
        self._rest = b""
        events.append(Failed(fault))

    def _read(self, view: memoryview, events: list[Event]) -> int:
        """How far it was understood. Raises: AppError with a stream fault."""
        at, end = 0, len(view)
        while at < end and self.stage is not Stage.OVER:
            before = at
            if view[at] == _DOLLAR and self._channels:
                track = self._channels.get(view[at + 1]) if at + 4 <= end else None
                if isinstance(track, PictureTrack):
                    at = track.run(view, at, end, events)
                if at == before:
                    at = self._frame(view, at, end, events)
                self._noise = 0 if at != before else self._noise
            else:
                at = self._text(view, at, end, events)
            if at == before:
                break
        return at

    def _frame(self, view: memoryview, at: int, end: int, events: list[Event]) -> int:
        """One interleaved packet of any channel; ``at`` again while it is not all there."""
        if at + 4 > end:
            return at
        following = at + 4 + (view[at + 2] << 8 | view[at + 3])
        if following > end:
            return at
        channel = view[at + 1]
        if channel in self._channels:
            self._channels[channel].packet(view[at + 4 : following], events)
        elif channel in self._reports:
            self._report(self._reports[channel], bytes(view[at + 4 : following]), events)
        return following

    def _text(self, view: memoryview, at: int, end: int, events: list[Event]) -> int:
        """A message; inside a stream also what follows noise."""
        try:
            found = find_message(view[at:end])
        except AppError:
            if self.stage is not Stage.PLAYING:
                raise
            return self._skip_noise(view, at, end)
        if found is None:
            return at
        message, size = found
        self._take(message, events)
        return at + size

    def _skip_noise(self, view: memoryview, at: int, end: int) -> int:
        """To where a packet of ours or an answer may begin. Raises: AppError invalid ``camera_garbage`` after long."""
        mark = self._marks.search(view, at + 1, end)
        step = mark.start() - at if mark is not None else max(1, end - at - 6)
        self._noise += max(step, _MIN_STEP_BYTES)
        if self._noise > _MAX_NOISE_BYTES:
            raise stream_fault(StreamFault.GARBAGE)
        return at + step

    def _report(self, track: Track, packet: bytes, events: list[Event]) -> None:
        for said in read_rtcp(packet):
            if isinstance(said, Bye):
                raise stream_fault(StreamFault.ENDED)
            if track.heard:
                events.append(SenderClock(track.media.track, said.wall, track.unwrapped(said.timestamp)))

    def _ask(self, method: str, url: str, *headers: tuple[str, str]) -> None:
        known = self._known
        if known.session:
            headers = (("Session", known.session), *headers)
        self._send(Asked(method, url, headers))

    def _send(self, asked: Asked) -> None:
        known = self._known
        known.cseq += 1
        headers: Sequence[tuple[str, str]] = asked.headers
        asked.proved = known.authorization is not None
        if known.authorization is not None:
            headers = [*headers, ("Authorization", known.authorization.header(asked.method, asked.url))]
        self._pending[known.cseq] = asked
        while len(self._pending) > _MAX_PENDING:
            del self._pending[min(self._pending)]
        self._out.append(request(asked.method, asked.url, known.cseq, headers))

    def _take(self, message: Message, events: list[Event]) -> None:
        if not message.is_answer:
            known = message.start.split(" ")[0] in {"OPTIONS", "GET_PARAMETER", "SET_PARAMETER"}
            self._out.append(answer(*((200, "OK") if known else (501, "Not Implemented")), message.header("cseq")))
            return
        number = message.cseq if message.cseq is not None else min(self._pending, default=None)
        asked = self._pending.pop(number, None) if number is not None else None
        if asked is None:
            return
        if message.status == 401:
            self._challenged(asked, message)
        elif 200 <= message.status < 300:
            self._known.trusted = self._known.trusted or asked.proved
            self._granted(asked, message, events)
        elif message.status in (301, 302, 303, 305, 307) and asked.method == "DESCRIBE":
            self.stage = Stage.OVER
            events.append(Redirected(message.header("location")))
        elif message.status >= 300:
            self._refused(asked, message.status)

    def _challenged(self, asked: Asked, message: Message) -> None:
        """Raises: AppError denied ``camera_unauthorized`` when there is no password or it was refused."""
        known, challenge = self._known, strongest(message.all("www-authenticate"))
        if known.login is None or challenge is None:
            raise stream_fault(StreamFault.UNAUTHORIZED)
        used = known.authorization.challenge if known.authorization is not None else None
        again = challenge.nonce != (used.nonce if used else None) and (challenge.stale or known.trusted)
        if asked.proved and (not again or asked.tries >= _MAX_TRIES):
            raise stream_fault(StreamFault.UNAUTHORIZED)
        known.trusted = False
        known.authorization = Authorization(known.login, challenge, self._wish.fresh)
        self._send(Asked(asked.method, asked.url, asked.headers, tries=asked.tries + 1))

    def _granted(self, asked: Asked, message: Message, events: list[Event]) -> None:
        known = self._known
        if asked.method == "OPTIONS" and self.stage is Stage.GREETING:
            known.methods = message.header("public").upper()
            self._describe()
        elif asked.method == "DESCRIBE":
            self._described(asked, message, events)
        elif asked.method == "SETUP":
            self._is_set_up(message)
        elif asked.method == "PLAY":
            self.stage = Stage.PLAYING
            events.append(Playing(max(2.0, min(known.timeout_s, 600.0) / 2)))

    def _refused(self, asked: Asked, status: int) -> None:
        """Raises: AppError with a stream fault, unless the stream can do without."""
        if self.stage is Stage.GREETING:
            self._describe()
        elif asked.method == "GET_PARAMETER" and status != 454:
            self._known.methods = ""  # the next keep-alive asks for OPTIONS
        elif asked.method in {"OPTIONS", "TEARDOWN"}:
            return
        elif asked.method == "SETUP" and status == 461 and self._ports:
            self.set_up_in_connection()
        else:
            faults = {403: StreamFault.UNAUTHORIZED, 404: StreamFault.NOT_FOUND, 410: StreamFault.NOT_FOUND}
            fault = StreamFault.ENDED if status == 454 else faults.get(status, StreamFault.REFUSED)
            detail = f"RTSP status {status}" if fault is StreamFault.REFUSED else ""
            raise stream_fault(fault, detail)

    def set_up_in_connection(self) -> None:
        """Instead of UDP, when the camera wants none."""
        self._waiting = [track.media for track in self.tracks.values()]
        self.set_up()

    def _describe(self) -> None:
        self.stage = Stage.DESCRIBING
        self._ask("DESCRIBE", self._known.url, ("Accept", "application/sdp"))

    def _described(self, asked: Asked, message: Message, events: list[Event]) -> None:
        description = parse_description(message.body)
        base = message.header("content-base") or message.header("content-location") or asked.url
        video = [media for media in description.media if media.kind == "video"]
        if not video:
            raise stream_fault(StreamFault.GARBAGE, "no video in it")
        chosen = next((media for media in video if media.codec is not None), None)
        if chosen is None or chosen.codec is None:
            raise stream_fault(StreamFault.CODEC_UNSUPPORTED)
        reader = _PICTURES[chosen.codec]
        self.tracks[chosen.track] = PictureTrack(chosen, reader(chosen.track))
        sound, format_ = self._sound(description.media)
        self._known.controls = {m.track: _without_login(resolve_control(base, m.control)) for m in description.media}
        whole = resolve_control(base, description.control)
        self._known.url = _without_login(whole if description.control.lower().startswith("rtsp") else base)
        self._waiting = [chosen, *([sound] if sound is not None else [])]
        self.stage = Stage.CHOOSING
        events.append(Described(chosen, described_sets(chosen), sound, format_.format if format_ else None))

    def _sound(
        self, media: Sequence[MediaDescription]
    ) -> tuple[MediaDescription, SoundDepacketiser] | tuple[None, None]:
        for each in media if self._wish.sound else ():
            reader = None
            if each.kind == "audio":
                reader = sound_depacketiser(each.encoding, each.clock_rate, each.channels, each.parameters)
            if reader is not None:
                self.tracks[each.track] = SoundTrack(each, reader)
                return each, reader
        return None, None

    def _set_up_next(self) -> None:
        number = len(self.tracks) - len(self._waiting)
        media = self._waiting[0]
        transport = ask_transport(number, self._ports.get(media.track))
        self._ask("SETUP", self._known.controls[media.track], ("Transport", transport))

    def _is_set_up(self, message: Message) -> None:
        known = self._known
        session, *options = message.header("session").split(";")
        known.session = session.strip()[:256] or known.session
        for option in options:
            name, _, value = option.strip().partition("=")
            if name.lower() == "timeout" and value.strip().isdecimal() and len(value) < 8:
                known.timeout_s = max(2.0, float(value))
        number = len(self.tracks) - len(self._waiting)
        track = self.tracks[self._waiting.pop(0).track]
        self._agree(track, number, message.header("transport"))
        if self._waiting:
            self._set_up_next()
        else:
            self.stage = Stage.STARTING
            self._ask("PLAY", known.url, *self._wish.play)

    def _agree(self, track: Track, number: int, transport: str) -> None:
        """Takes the channels or ports that the camera answered, which need not be those it was asked for."""
        agreed = read_transport(transport)
        if track.media.track in self._ports:
            self.server_ports[track.media.track] = agreed.server_ports
            return
        channel, report_channel = agreed.channels or (2 * number, 2 * number + 1)
        self._channels[channel] = track
        self._reports[report_channel] = track
        self._marks = re.compile(rb"\$[%b]|RTSP/1\." % re.escape(bytes((*self._channels, *self._reports))))


def _without_login(url: str) -> str:
    try:
        return split_login(url)[0]
    except ValueError:
        raise stream_fault(StreamFault.GARBAGE, "its description names no place") from None
