"""What a simulated device answers: one function a request, by the name of the request's element."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit
from xml.sax.saxutils import escape, quoteattr

from sereno.cameras.onvif.model import PtzVector
from sereno.cameras.onvif.soap import NAMESPACES
from sereno.cameras.onvif.times import duration_of, written
from sereno.cameras.onvif.xml_reading import Element, number_of
from sereno.simulation.onvif.device import SimulatedDevice, SimulatedStream, Told

LIFE = timedelta(seconds=60)


class SoapFaultError(Exception):
    """``code`` is an ONVIF subcode such as ``NoProfile``."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its element, and the address that its sender used."""

    device: SimulatedDevice
    body: Element
    base: str
    """``http://HOST:PORT/NAME``; parts of the device lie beneath."""
    part: str
    now_s: float

    def address(self, part: str) -> str:
        """Of a part, as the device would say it."""
        address = f"{self.base}/{part}"
        foreign = self.device.quirks.foreign_host
        if not foreign:
            return address
        parts = urlsplit(address)
        return urlunsplit(parts._replace(netloc=foreign))


def answer(asked: Asked) -> str:
    """The body of the answer. Raises: SoapFaultError."""
    name = asked.body.name
    known = _ANSWERS.get(name)
    if known is None or (
        asked.device.quirks.old and (name == "GetServices" or asked.body.namespace.endswith("ver20/media/wsdl"))
    ):
        raise SoapFaultError("ActionNotSupported", "Optional action not implemented")
    return known(asked)


def _date_and_time(asked: Asked) -> str:
    now = asked.device.now()
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone><tt:UTCDateTime>"
        f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second></tt:Time>"
        f"<tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _services(asked: Asked) -> str:
    parts = [("tds", "device_service"), ("trt", "media"), ("tr2", "media2"), ("tev", "events")]
    parts += [("tptz", "ptz")] if asked.device.steerable else []
    parts += [("tse", "search"), ("trp", "replay")] if asked.device.card else []
    listed = "".join(
        f"<tds:Service><tds:Namespace>{NAMESPACES[prefix]}</tds:Namespace>"
        f"<tds:XAddr>{asked.address(part)}</tds:XAddr>"
        "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
        for prefix, part in parts
    )
    return f"<tds:GetServicesResponse>{listed}</tds:GetServicesResponse>"


def _capabilities(asked: Asked) -> str:
    parts = [("Media", "media"), ("Events", "events"), *([("PTZ", "ptz")] if asked.device.steerable else [])]
    listed = "".join(f"<tt:{word}><tt:XAddr>{asked.address(part)}</tt:XAddr></tt:{word}>" for word, part in parts)
    return f"<tds:GetCapabilitiesResponse><tds:Capabilities>{listed}</tds:Capabilities></tds:GetCapabilitiesResponse>"


def _information(asked: Asked) -> str:
    return (
        "<tds:GetDeviceInformationResponse><tds:Manufacturer>Sereno</tds:Manufacturer>"
        f"<tds:Model>Simulator {escape(asked.device.name)}</tds:Model><tds:FirmwareVersion>1</tds:FirmwareVersion>"
        "<tds:SerialNumber>0</tds:SerialNumber><tds:HardwareId>0</tds:HardwareId></tds:GetDeviceInformationResponse>"
    )


def _profiles(asked: Asked) -> str:
    """Both services ask by the same name."""
    new = asked.body.namespace == NAMESPACES["tr2"]
    make, prefix = (_profile_2, "tr2") if new else (_profile_1, "trt")
    listed = "".join(make(stream, steerable=asked.device.steerable) for stream in asked.device.streams)
    return f"<{prefix}:GetProfilesResponse>{listed}</{prefix}:GetProfilesResponse>"


def _profile_1(stream: SimulatedStream, *, steerable: bool) -> str:
    ptz = '<tt:PTZConfiguration token="ptz0"><tt:Name>ptz</tt:Name></tt:PTZConfiguration>' if steerable else ""
    return (
        f'<trt:Profiles token={quoteattr(stream.token)} fixed="true"><tt:Name>{escape(stream.token)}</tt:Name>'
        f'<tt:VideoEncoderConfiguration token="ve0"><tt:Encoding>{stream.codec}</tt:Encoding><tt:Resolution>'
        f"<tt:Width>{stream.width}</tt:Width><tt:Height>{stream.height}</tt:Height></tt:Resolution>"
        f"<tt:RateControl><tt:FrameRateLimit>{stream.fps:g}</tt:FrameRateLimit><tt:BitrateLimit>2048</tt:BitrateLimit>"
        f"</tt:RateControl><tt:H264><tt:GovLength>{stream.gop}</tt:GovLength></tt:H264>"
        f"</tt:VideoEncoderConfiguration>{ptz}</trt:Profiles>"
    )


def _profile_2(stream: SimulatedStream, *, steerable: bool) -> str:
    ptz = '<tr2:PTZ token="ptz0"><tt:Name>ptz</tt:Name></tr2:PTZ>' if steerable else ""
    return (
        f'<tr2:Profiles token={quoteattr(stream.token)} fixed="true"><tr2:Name>{escape(stream.token)}</tr2:Name>'
        f'<tr2:Configurations><tr2:VideoEncoder token="ve0" GovLength="{stream.gop}" Profile="Main">'
        f"<tt:Encoding>{stream.codec}</tt:Encoding><tt:Resolution><tt:Width>{stream.width}</tt:Width>"
        f'<tt:Height>{stream.height}</tt:Height></tt:Resolution><tt:RateControl ConstantBitRate="false">'
        f"<tt:FrameRateLimit>{stream.fps:g}</tt:FrameRateLimit><tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl>"
        f"</tr2:VideoEncoder>{ptz}</tr2:Configurations></tr2:Profiles>"
    )


def _stream_uri(asked: Asked) -> str:
    token = asked.body.value("ProfileToken")
    stream = next((each for each in asked.device.streams if each.token == token), None)
    if stream is None:
        raise SoapFaultError("NoProfile", "No such profile")
    uri = escape(stream.url)
    if asked.body.namespace == NAMESPACES["tr2"]:
        return f"<tr2:GetStreamUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetStreamUriResponse>"
    return f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"


def _snapshot_uri(asked: Asked) -> str:
    uri = asked.address("snapshot.jpg")
    if asked.body.namespace == NAMESPACES["tr2"]:
        return f"<tr2:GetSnapshotUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetSnapshotUriResponse>"
    return (
        f"<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri></trt:GetSnapshotUriResponse>"
    )


def _continuous_move(asked: Asked) -> str:
    lasts = duration_of(asked.body.value("Timeout")) or timedelta(seconds=10)
    asked.device.motors.move(_vector(asked.body.at("Velocity")), lasts.total_seconds(), asked.now_s)
    return "<tptz:ContinuousMoveResponse/>"


def _absolute_move(asked: Asked) -> str:
    asked.device.motors.look_at(_vector(asked.body.at("Position")), asked.now_s)
    return "<tptz:AbsoluteMoveResponse/>"


def _relative_move(asked: Asked) -> str:
    here, by = asked.device.motors.at(asked.now_s), _vector(asked.body.at("Translation"))
    there = PtzVector(pan=here.pan + by.pan, tilt=here.tilt + by.tilt, zoom=here.zoom + by.zoom)
    asked.device.motors.look_at(there, asked.now_s)
    return "<tptz:RelativeMoveResponse/>"


def _stop(asked: Asked) -> str:
    asked.device.motors.stop(asked.now_s)
    return "<tptz:StopResponse/>"


def _presets(asked: Asked) -> str:
    listed = "".join(
        f"<tptz:Preset token={quoteattr(token)}><tt:Name>{escape(name)}</tt:Name></tptz:Preset>"
        for token, (name, _) in asked.device.presets.items()
    )
    return f"<tptz:GetPresetsResponse>{listed}</tptz:GetPresetsResponse>"


def _set_preset(asked: Asked) -> str:
    presets = asked.device.presets
    token = asked.body.value("PresetToken") or f"preset{len(presets) + 1}"
    presets[token] = asked.body.value("PresetName"), asked.device.motors.at(asked.now_s)
    return f"<tptz:SetPresetResponse><tptz:PresetToken>{escape(token)}</tptz:PresetToken></tptz:SetPresetResponse>"


def _go_to_preset(asked: Asked) -> str:
    preset = asked.device.presets.get(asked.body.value("PresetToken"))
    if preset is None:
        raise SoapFaultError("NoToken", "No such preset")
    asked.device.motors.look_at(preset[1], asked.now_s)
    return "<tptz:GotoPresetResponse/>"


def _subscribe(asked: Asked) -> str:
    token = f"sub{len(asked.device.subscriptions) + 1}"
    asked.device.subscriptions[token] = deque(maxlen=1_000)
    now = asked.device.now()
    return (
        "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
        f"<wsa:Address>{asked.address(f'events/{token}')}</wsa:Address></tev:SubscriptionReference>"
        f"<wsnt:CurrentTime>{written(now)}</wsnt:CurrentTime>"
        f"<wsnt:TerminationTime>{written(now + LIFE)}</wsnt:TerminationTime></tev:CreatePullPointSubscriptionResponse>"
    )


def subscription_of(asked: Asked) -> deque[Told]:
    """Raises: SoapFaultError when it is over."""
    found = asked.device.subscriptions.get(asked.part.rpartition("/")[2])
    if found is None:
        raise SoapFaultError("ResourceUnknown", "No such subscription")
    return found


def _pull(asked: Asked) -> str:
    """The server has waited until there is something, or the time was over."""
    waiting = subscription_of(asked)
    listed: list[str] = []
    while waiting and len(listed) < 20:
        listed.append(_message(waiting.popleft()))
    now = asked.device.now()
    return (
        f"<tev:PullMessagesResponse><tev:CurrentTime>{written(now)}</tev:CurrentTime>"
        f"<tev:TerminationTime>{written(now + LIFE)}</tev:TerminationTime>{''.join(listed)}</tev:PullMessagesResponse>"
    )


def _message(told: Told) -> str:
    def item(pair: tuple[str, str]) -> str:
        return f"<tt:SimpleItem Name={quoteattr(pair[0])} Value={quoteattr(pair[1])}/>"

    return (
        '<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
        f"tns1:{escape(told.topic)}</wsnt:Topic><wsnt:Message>"
        f'<tt:Message UtcTime="{written(told.at)}" PropertyOperation="Changed">'
        f"<tt:Source>{item(told.source)}</tt:Source><tt:Data>{item(told.state)}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>"
    )


def _renew(asked: Asked) -> str:
    subscription_of(asked)
    until = written(asked.device.now() + LIFE)
    return f"<wsnt:RenewResponse><wsnt:TerminationTime>{until}</wsnt:TerminationTime></wsnt:RenewResponse>"


def _unsubscribe(asked: Asked) -> str:
    subscription_of(asked)
    del asked.device.subscriptions[asked.part.rpartition("/")[2]]
    return "<wsnt:UnsubscribeResponse/>"


def _find_recordings(_asked: Asked) -> str:
    return "<tse:FindRecordingsResponse><tse:SearchToken>search1</tse:SearchToken></tse:FindRecordingsResponse>"


def _search_results(asked: Asked) -> str:
    ahead, now = asked.device.clock_ahead, asked.device.clock.now()
    listed = "".join(
        f"<tt:RecordingInformation><tt:RecordingToken>{escape(span.token)}</tt:RecordingToken>"
        f"<tt:EarliestRecording>{written(span.began + ahead)}</tt:EarliestRecording>"
        f"<tt:LatestRecording>{written((span.ended or now) + ahead)}</tt:LatestRecording>"
        "<tt:Content>card</tt:Content><tt:Track><tt:TrackToken>v</tt:TrackToken><tt:TrackType>Video</tt:TrackType>"
        f"<tt:DataFrom>{written(span.began + ahead)}</tt:DataFrom>"
        f"<tt:DataTo>{written((span.ended or now) + ahead)}</tt:DataTo>"
        "</tt:Track><tt:RecordingStatus>Stopped</tt:RecordingStatus></tt:RecordingInformation>"
        for span in asked.device.card
    )
    return (
        "<tse:GetRecordingSearchResultsResponse><tse:ResultList><tt:SearchState>Completed</tt:SearchState>"
        f"{listed}</tse:ResultList></tse:GetRecordingSearchResultsResponse>"
    )


def _replay_uri(asked: Asked) -> str:
    token = asked.body.value("RecordingToken")
    span = next((each for each in asked.device.card if each.token == token), None)
    if span is None:
        raise SoapFaultError("NoRecording", "No such recording")
    return f"<trp:GetReplayUriResponse><trp:Uri>{escape(span.url)}</trp:Uri></trp:GetReplayUriResponse>"


def _vector(told: Element | None) -> PtzVector:
    def part(axis: str, name: str) -> float:
        element = None if told is None else told.at(axis)
        return 0.0 if element is None else number_of(element.attributes.get(name, "0"))

    return PtzVector(pan=part("PanTilt", "x"), tilt=part("PanTilt", "y"), zoom=part("Zoom", "x"))


_ANSWERS: dict[str, Callable[[Asked], str]] = {
    "GetSystemDateAndTime": _date_and_time,
    "GetServices": _services,
    "GetCapabilities": _capabilities,
    "GetDeviceInformation": _information,
    "GetProfiles": _profiles,
    "GetStreamUri": _stream_uri,
    "GetSnapshotUri": _snapshot_uri,
    "ContinuousMove": _continuous_move,
    "AbsoluteMove": _absolute_move,
    "RelativeMove": _relative_move,
    "Stop": _stop,
    "GetPresets": _presets,
    "SetPreset": _set_preset,
    "GotoPreset": _go_to_preset,
    "CreatePullPointSubscription": _subscribe,
    "PullMessages": _pull,
    "Renew": _renew,
    "Unsubscribe": _unsubscribe,
    "FindRecordings": _find_recordings,
    "GetRecordingSearchResults": _search_results,
    "GetReplayUri": _replay_uri,
}
