"""A device opened: its clock, its services, what it is, its streams and its picture."""

from datetime import timedelta
from xml.sax.saxutils import escape

from sereno.cameras.onvif.connection import DeviceConnection
from sereno.cameras.onvif.faults import DeviceFault, device_fault
from sereno.cameras.onvif.model import DeviceDescription, MediaProfile
from sereno.cameras.onvif.soap import NAMESPACES, printable
from sereno.cameras.onvif.times import device_time
from sereno.cameras.onvif.xml_reading import Element, number_of
from sereno.core.clock import Clock
from sereno.core.errors import AppError

MAX_PROFILES = 16
_SERVICE_OF = {
    NAMESPACES["trt"]: "media",
    NAMESPACES["tr2"]: "media2",
    NAMESPACES["tptz"]: "ptz",
    NAMESPACES["tev"]: "events",
    NAMESPACES["tse"]: "search",
    NAMESPACES["trp"]: "replay",
}
_CAPABILITY_OF = {"Media": "media", "PTZ": "ptz", "Events": "events", "Search": "search", "Replay": "replay"}
_HALF_S = timedelta(seconds=0.5)


class Device:
    """Made by ``open_device``. Not for two tasks at once, but for reading: HTTP keeps their answers apart."""

    def __init__(self, connection: DeviceConnection, clock: Clock) -> None:
        self.connection = connection
        self._clock = clock
        self.clock_offset_s = 0.0
        self.services: dict[str, str] = {}
        """Addresses by ``media``, ``media2``, ``ptz``, ``events``, ``search``, ``replay``; of those it has."""

    def service(self, name: str) -> str:
        """Raises: AppError ``device_unsupported``."""
        if name not in self.services:
            raise device_fault(DeviceFault.UNSUPPORTED, f"no {name} service")
        return self.services[name]

    async def read_clock(self) -> float:
        """The device's clock minus ours, in seconds; good to half a second, because it tells whole ones.

        Needs no password: passwords are made by this clock.
        """
        before = self._clock.monotonic_s()
        answer = await self.connection.call(
            self.connection.device_service, "<tds:GetSystemDateAndTime/>", anonymous=True
        )
        half_way = timedelta(seconds=(self._clock.monotonic_s() - before) / 2)
        told = device_time(answer)
        if told is None:
            raise device_fault(DeviceFault.GARBAGE, "its clock cannot be read")
        ahead = told + _HALF_S - (self._clock.now() - half_way)
        self.connection.clock_ahead = ahead
        self.clock_offset_s = round(ahead.total_seconds(), 1)
        return self.clock_offset_s

    async def read_services(self) -> None:
        """By ``GetServices``; an old device (profile S) knows ``GetCapabilities`` alone."""
        address = self.connection.device_service
        try:
            answer = await self.connection.call(
                address, "<tds:GetServices><tds:IncludeCapability>false</tds:IncludeCapability></tds:GetServices>"
            )
            found = {
                _SERVICE_OF[namespace]: each.value("XAddr")
                for each in answer.every("Service")
                if (namespace := each.value("Namespace").rstrip("/")) in _SERVICE_OF
            }
        except AppError as error:
            if error.code not in (DeviceFault.UNSUPPORTED, DeviceFault.REFUSED):
                raise
            found = {}
        if not found:
            body = "<tds:GetCapabilities><tds:Category>All</tds:Category></tds:GetCapabilities>"
            answer = await self.connection.call(address, body)
            found = {
                name: xaddr
                for word, name in _CAPABILITY_OF.items()
                for each in answer.every(word)
                if (xaddr := each.value("XAddr"))
            }
        self.services = {name: self.connection.pinned(xaddr) for name, xaddr in found.items()}

    async def describe(self) -> DeviceDescription:
        answer = await self.connection.call(self.connection.device_service, "<tds:GetDeviceInformation/>")
        profiles = await self.profiles()
        return DeviceDescription(
            make=printable(answer.value("Manufacturer")),
            model=printable(answer.value("Model")),
            firmware=printable(answer.value("FirmwareVersion")),
            serial=printable(answer.value("SerialNumber")),
            clock_offset_s=self.clock_offset_s,
            profiles=profiles,
            ptz="ptz" in self.services and any(profile.ptz for profile in profiles),
            events="events" in self.services,
            card="search" in self.services and "replay" in self.services,
        )

    async def profiles(self) -> tuple[MediaProfile, ...]:
        """With their stream URLs, as the device orders them: the first is mostly the best."""
        new = "media2" in self.services
        body = "<tr2:GetProfiles><tr2:Type>All</tr2:Type></tr2:GetProfiles>" if new else "<trt:GetProfiles/>"
        answer = await self.connection.call(self.service("media2" if new else "media"), body)
        found = [each for each in answer.all("Profiles") if each.attributes.get("token")][:MAX_PROFILES]
        return tuple([_profile(each, await self.stream_url(each.attributes["token"])) for each in found])

    async def stream_url(self, token: str) -> str:
        """RTSP over TCP, at the device's own host; empty for a profile without a stream."""
        name = escape(token)
        if "media2" in self.services:
            address, body = (
                self.services["media2"],
                (
                    "<tr2:GetStreamUri><tr2:Protocol>RTSP</tr2:Protocol>"
                    f"<tr2:ProfileToken>{name}</tr2:ProfileToken></tr2:GetStreamUri>"
                ),
            )
        else:
            address, body = (
                self.service("media"),
                (
                    "<trt:GetStreamUri><trt:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport>"
                    "<tt:Protocol>RTSP</tt:Protocol></tt:Transport></trt:StreamSetup>"
                    f"<trt:ProfileToken>{name}</trt:ProfileToken></trt:GetStreamUri>"
                ),
            )
        try:
            answer = await self.connection.call(address, body)
            return self.connection.pinned_stream(_uri(answer))
        except AppError as error:
            if error.code in (DeviceFault.REFUSED, DeviceFault.GARBAGE):
                return ""
            raise

    async def profile_token(self, *, ptz: bool = False) -> str:
        """Of the first profile, or the first that can be steered; its streams are not asked for."""
        new = "media2" in self.services
        body = "<tr2:GetProfiles><tr2:Type>All</tr2:Type></tr2:GetProfiles>" if new else "<trt:GetProfiles/>"
        answer = await self.connection.call(self.service("media2" if new else "media"), body)
        for each in answer.all("Profiles"):
            if each.attributes.get("token") and (not ptz or _steerable(each)):
                return each.attributes["token"]
        raise device_fault(DeviceFault.UNSUPPORTED, "no profile to steer" if ptz else "no profile")

    async def snapshot(self) -> bytes:
        """A JPEG, now."""
        token = escape(await self.profile_token())
        new = "media2" in self.services
        prefix = "tr2" if new else "trt"
        body = (
            f"<{prefix}:GetSnapshotUri><{prefix}:ProfileToken>{token}</{prefix}:ProfileToken></{prefix}:GetSnapshotUri>"
        )
        answer = await self.connection.call(self.service("media2" if new else "media"), body)
        return await self.connection.picture(self.connection.pinned(_uri(answer)))

    async def close(self) -> None:
        await self.connection.close()


async def open_device(url: str, clock: Clock) -> Device:
    """Its clock read first, then its services. Close it after use.

    Raises: AppError, a device fault.
    """
    connection = DeviceConnection(url, clock)
    try:
        device = Device(connection, clock)
        await device.read_clock()
        await device.read_services()
    except AppError:
        await connection.close()
        raise
    return device


def _uri(answer: Element) -> str:
    """Media says ``MediaUri/Uri``, Media2 says ``Uri``."""
    return (answer.value("MediaUri", "Uri") or answer.value("Uri")).strip()


def _steerable(profile: Element) -> bool:
    return any(next(profile.every(name), None) is not None for name in ("PTZConfiguration", "PTZ"))


def _profile(profile: Element, stream_url: str) -> MediaProfile:
    """Media2 has ``Configurations/VideoEncoder``, Media has ``VideoEncoderConfiguration``; both differ in places."""
    encoder = profile.at("Configurations", "VideoEncoder") or profile.at("VideoEncoderConfiguration") or Element("")
    rate = encoder.at("RateControl") or Element("")
    gop = encoder.attributes.get("GovLength") or next((each.text for each in encoder.every("GovLength")), "0")
    return MediaProfile(
        token=profile.attributes["token"][:64],
        name=printable(profile.value("Name")),
        codec=_codec(encoder.value("Encoding")),
        width=_whole(encoder.value("Resolution", "Width")),
        height=_whole(encoder.value("Resolution", "Height")),
        fps=round(number_of(rate.value("FrameRateLimit")), 2),
        bitrate_kbps=_whole(rate.value("BitrateLimit")),
        gop=_whole(gop),
        stream_url=stream_url,
        ptz=_steerable(profile),
    )


def _codec(told: str) -> str:
    word = told.lower().replace(".", "").removeprefix("video/")
    return {"hevc": "h265", "avc": "h264"}.get(word, word)[:16]


def _whole(text: str) -> int:
    return max(0, int(number_of(text)))
