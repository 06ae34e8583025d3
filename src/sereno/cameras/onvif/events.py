"""What a device says happens before it: a pull point, and its messages as typed values.

Source: ONVIF Core Specification 9; ONVIF Imaging, Analytics and Device IO for the topics.
"""

from dataclasses import dataclass

from sereno.cameras.onvif.device import Device
from sereno.cameras.onvif.model import DeviceEvent, DeviceEventKind
from sereno.cameras.onvif.soap import printable
from sereno.cameras.onvif.times import instant_of
from sereno.cameras.onvif.xml_reading import Element, true_of, write_xml

PULL_S = 20
LIFE_S = 60
MAX_MESSAGES = 50
_WSA_ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"

_KINDS: tuple[tuple[str, DeviceEventKind], ...] = (
    ("linedetector", DeviceEventKind.LINE_CROSSED),
    ("linecross", DeviceEventKind.LINE_CROSSED),
    ("crossline", DeviceEventKind.LINE_CROSSED),
    ("crossed", DeviceEventKind.LINE_CROSSED),
    ("tamper", DeviceEventKind.TAMPER),
    ("globalscenechange", DeviceEventKind.TAMPER),
    ("imagetoo", DeviceEventKind.TAMPER),
    ("videoblind", DeviceEventKind.TAMPER),
    ("digitalinput", DeviceEventKind.DIGITAL_INPUT),
    ("device/io/port", DeviceEventKind.DIGITAL_INPUT),
    ("device/io/virtualinput", DeviceEventKind.DIGITAL_INPUT),
    ("signalloss", DeviceEventKind.VIDEO_LOSS),
    ("videoloss", DeviceEventKind.VIDEO_LOSS),
    ("motion", DeviceEventKind.MOTION),
    ("/vmd/", DeviceEventKind.MOTION),
)
"""Parts of a topic in lower case, the more telling first: makers name the same thing in their own words."""

_STATES = (
    *("State", "IsMotion", "IsTamper", "LogicalState", "active", "state", "IsCrossed", "Value", "Triggered"),
    *("IsSignalLoss", "signalLoss", "motion", "Active"),
)


@dataclass(frozen=True, slots=True)
class PullPoint:
    """A subscription; it ends by itself after a minute without ``renew``."""

    device: Device
    address: str
    header: str
    """What the device wants told back in each call."""

    @classmethod
    async def create(cls, device: Device) -> "PullPoint":
        address = device.service("events")
        answer = await device.connection.call(
            address,
            "<tev:CreatePullPointSubscription>"
            f"<tev:InitialTerminationTime>PT{LIFE_S}S</tev:InitialTerminationTime>"
            "</tev:CreatePullPointSubscription>",
            header=_addressed(address, "CreatePullPointSubscriptionRequest", "EventPortType"),
        )
        reference = answer.at("SubscriptionReference")
        told = "" if reference is None else reference.value("Address")
        parameters = reference.at("ReferenceParameters") if reference is not None else None
        header = "".join(write_xml(each) for each in (parameters.children if parameters else []))
        return cls(device, device.connection.pinned(told) if told else address, header)

    async def pull(self) -> tuple[DeviceEvent, ...]:
        """What happened; empty after 20 s in which nothing did."""
        answer = await self._call(
            "PullMessagesRequest",
            f"<tev:PullMessages><tev:Timeout>PT{PULL_S}S</tev:Timeout>"
            f"<tev:MessageLimit>{MAX_MESSAGES}</tev:MessageLimit></tev:PullMessages>",
            limit_s=PULL_S + 8.0,
        )
        return tuple(event_of(each) for each in list(answer.all("NotificationMessage"))[:MAX_MESSAGES])

    async def renew(self) -> None:
        await self._call("Renew", f"<wsnt:Renew><wsnt:TerminationTime>PT{LIFE_S}S</wsnt:TerminationTime></wsnt:Renew>")

    async def end(self) -> None:
        await self._call("Unsubscribe", "<wsnt:Unsubscribe/>", limit_s=2.0)

    async def _call(self, action: str, body: str, limit_s: float = 8.0) -> Element:
        port = "PullPointSubscription" if action.endswith("Request") else "SubscriptionManager"
        header = _addressed(self.address, action, port) + self.header
        return await self.device.connection.call(self.address, body, header=header, limit_s=limit_s)


def _addressed(address: str, action: str, port: str) -> str:
    """WS-Addressing, without which some devices do not know which subscription is meant."""
    base = (
        "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager"
        if port == "SubscriptionManager"
        else f"http://www.onvif.org/ver10/events/wsdl/{port}"
    )
    plain = address.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"<wsa:Action>{base}/{action}{'Request' if port == 'SubscriptionManager' else ''}</wsa:Action>"
        f"<wsa:To>{plain}</wsa:To><wsa:ReplyTo><wsa:Address>{_WSA_ANONYMOUS}</wsa:Address></wsa:ReplyTo>"
    )


def event_of(notification: Element) -> DeviceEvent:
    """Never fails: what a device says oddly is an event of kind ``other``."""
    topic = _plain_topic(notification.value("Topic"))
    holder = notification.at("Message") or Element("")
    message = next(holder.every("Message"), holder)
    source = _items(message.at("Source"))
    values = _items(message.at("Data"))
    told = next((values[name] for name in _STATES if name in values), None)
    return DeviceEvent(
        kind=kind_of(topic),
        topic=topic,
        device_at=instant_of(message.attributes.get("UtcTime", "")),
        initial=message.attributes.get("PropertyOperation", "").lower() == "initialized",
        active=None if told is None else true_of(told),
        source=printable(", ".join(f"{name}={value}" for name, value in source.items()), 120),
    )


def kind_of(topic: str) -> DeviceEventKind:
    words = f"{topic}/".lower()
    return next((kind for part, kind in _KINDS if part in words), DeviceEventKind.OTHER)


def _plain_topic(told: str) -> str:
    """``tns1:RuleEngine/tnsaxis:VMD`` without prefixes."""
    return printable("/".join(part.rpartition(":")[2] for part in told.strip().split("/")), 120)


def _items(group: Element | None) -> dict[str, str]:
    items = [] if group is None else list(group.every("SimpleItem"))[:16]
    return {each.attributes.get("Name", "")[:64]: each.attributes.get("Value", "")[:128] for each in items}
