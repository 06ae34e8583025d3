"""Steering over ONVIF. Source: ONVIF PTZ Service Specification 5."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from sereno.cameras.onvif.device import Device
from sereno.cameras.onvif.model import Preset, PtzVector
from sereno.cameras.onvif.soap import printable

MOVE_TIMEOUT = "PT1S"
"""By itself the device stops a second after the last order to move."""
MAX_PRESETS = 256


@dataclass(frozen=True, slots=True)
class Steering:
    """A device's PTZ by one of its profiles."""

    device: Device
    profile: str

    @classmethod
    async def of(cls, device: Device) -> "Steering":
        """Raises: AppError ``device_unsupported`` for a camera that cannot be steered."""
        device.service("ptz")
        return cls(device, await device.profile_token(ptz=True))

    async def move(self, speed: PtzVector) -> None:
        """Until ``stop``, or a second."""
        await self._ask(
            "ContinuousMove",
            f"<tptz:Velocity>{_vector(speed)}</tptz:Velocity><tptz:Timeout>{MOVE_TIMEOUT}</tptz:Timeout>",
        )

    async def stop(self) -> None:
        await self._ask("Stop", "<tptz:PanTilt>true</tptz:PanTilt><tptz:Zoom>true</tptz:Zoom>")

    async def turn(self, to: PtzVector, *, relative: bool) -> None:
        if relative:
            await self._ask("RelativeMove", f"<tptz:Translation>{_vector(to)}</tptz:Translation>")
        else:
            await self._ask("AbsoluteMove", f"<tptz:Position>{_vector(to)}</tptz:Position>")

    async def presets(self) -> tuple[Preset, ...]:
        answer = await self.device.connection.call(
            self.device.service("ptz"),
            f"<tptz:GetPresets><tptz:ProfileToken>{escape(self.profile)}</tptz:ProfileToken></tptz:GetPresets>",
        )
        found = [each for each in answer.all("Preset") if each.attributes.get("token")][:MAX_PRESETS]
        return tuple(
            Preset(token=each.attributes["token"], name=printable(each.value("Name"), 60) or each.attributes["token"])
            for each in found
        )

    async def go_to(self, preset: str) -> None:
        await self._ask("GotoPreset", f"<tptz:PresetToken>{escape(preset)}</tptz:PresetToken>")

    async def keep(self, name: str, token: str) -> Preset:
        """Keeps where it looks now, as a new preset when ``token`` is empty."""
        known = f"<tptz:PresetToken>{escape(token)}</tptz:PresetToken>" if token else ""
        answer = await self.device.connection.call(
            self.device.service("ptz"),
            f"<tptz:SetPreset><tptz:ProfileToken>{escape(self.profile)}</tptz:ProfileToken>"
            f"<tptz:PresetName>{escape(name)}</tptz:PresetName>{known}</tptz:SetPreset>",
        )
        return Preset(token=answer.value("PresetToken") or token, name=name)

    async def _ask(self, action: str, what: str) -> None:
        await self.device.connection.call(
            self.device.service("ptz"),
            f"<tptz:{action}><tptz:ProfileToken>{escape(self.profile)}</tptz:ProfileToken>{what}</tptz:{action}>",
            limit_s=3.0,
        )


def _vector(vector: PtzVector) -> str:
    return f'<tt:PanTilt x="{vector.pan:.4f}" y="{vector.tilt:.4f}"/><tt:Zoom x="{vector.zoom:.4f}"/>'
