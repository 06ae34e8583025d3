"""What a device recorded by itself, on a card or in an NVR. Source: ONVIF Recording Search and Replay Control."""

import asyncio
from datetime import datetime
from xml.sax.saxutils import escape

from sereno.cameras.onvif.device import Device
from sereno.cameras.onvif.faults import DeviceFault, device_fault
from sereno.cameras.onvif.model import CardRecording
from sereno.cameras.onvif.times import instant_of
from sereno.cameras.onvif.xml_reading import Element

MAX_RECORDINGS = 500
SEARCH_LIMIT_S = 20.0
_ROUNDS = 20


async def find_recordings(device: Device, began: datetime, ended: datetime) -> tuple[CardRecording, ...]:
    """Those that overlap the span; all times by the device's own clock.

    Raises: AppError, a device fault.
    """
    search = device.service("search")
    answer = await device.connection.call(
        search,
        "<tse:FindRecordings><tse:Scope/><tse:KeepAliveTime>PT30S</tse:KeepAliveTime></tse:FindRecordings>",
    )
    token = answer.value("SearchToken")
    if not token:
        raise device_fault(DeviceFault.GARBAGE, "its search has no name")
    found: list[CardRecording] = []
    try:
        async with asyncio.timeout(SEARCH_LIMIT_S):
            for _ in range(_ROUNDS):
                answer = await device.connection.call(
                    search,
                    f"<tse:GetRecordingSearchResults><tse:SearchToken>{escape(token)}</tse:SearchToken>"
                    "<tse:WaitTime>PT2S</tse:WaitTime></tse:GetRecordingSearchResults>",
                )
                found += [each for item in answer.every("RecordingInformation") for each in _recordings(item)]
                state = next(answer.every("SearchState"), None)
                if len(found) >= MAX_RECORDINGS or state is None or state.text.strip().lower() == "completed":
                    break
    except TimeoutError:
        raise device_fault(DeviceFault.TIMEOUT) from None
    overlapping = [each for each in found[:MAX_RECORDINGS] if each.began < ended and each.ended > began]
    return tuple(sorted(overlapping, key=lambda each: each.began))


async def replay_url(device: Device, recording: str) -> str:
    """RTSP, at the device's own host."""
    answer = await device.connection.call(
        device.service("replay"),
        "<trp:GetReplayUri><trp:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport>"
        "<tt:Protocol>RTSP</tt:Protocol></tt:Transport></trp:StreamSetup>"
        f"<trp:RecordingToken>{escape(recording)}</trp:RecordingToken></trp:GetReplayUri>",
    )
    return device.connection.pinned_stream(answer.value("Uri"))


def _recordings(item: Element) -> list[CardRecording]:
    """The video track's span when it tells one; else the whole recording's."""
    token = item.value("RecordingToken")
    began, ended = instant_of(item.value("EarliestRecording")), instant_of(item.value("LatestRecording"))
    for track in item.all("Track"):
        if track.value("TrackType").lower() == "video":
            began = instant_of(track.value("DataFrom")) or began
            ended = instant_of(track.value("DataTo")) or ended
    if not token or began is None or ended is None or ended <= began:
        return []
    growing = item.value("RecordingStatus").lower() == "recording"
    return [CardRecording(token=token[:128], began=began, ended=ended, recording=growing)]
