"""The services of control, each given what it needs; nothing here runs yet."""

from dataclasses import dataclass
from importlib.metadata import version

from sereno.access.jurisdiction import load_jurisdiction
from sereno.access.service import People
from sereno.access.work import Workplace
from sereno.alerts.publishing import WatchPublisher
from sereno.alerts.service import Alerts, Rules
from sereno.cameras.devices.service import Devices
from sereno.cameras.service import Cameras
from sereno.cameras.steering.service import Steering
from sereno.cameras.walls.service import Walls
from sereno.dispatch.service import Dispatch
from sereno.evidence.exports import SealingSite
from sereno.evidence.service import Evidence
from sereno.incidents.service import Incidents
from sereno.main.home import Home
from sereno.main.workplace import open_workplace
from sereno.maps.addresses import Addresses
from sereno.maps.town_map import TownMap, read_town_map
from sereno.maps.travel_times import travel_times
from sereno.playback.bookmarks import Bookmarks
from sereno.playback.stills import SeenStills
from sereno.playback.timelines import Timelines
from sereno.recording.library import Library
from sereno.recording.retention import Term, site_term
from sereno.recording.stills.service import Stills
from sereno.recording.storage import Storage
from sereno.runtime.local_call import LocalCaller
from sereno.runtime.settings import Settings
from sereno.watchlists.service import PlateLists


@dataclass(frozen=True, slots=True)
class Centre:
    settings: Settings
    workplace: Workplace
    town: TownMap
    term: Term
    """How long footage is kept here."""
    storage: Storage
    library: Library
    people: People
    cameras: Cameras
    devices: Devices
    steering: Steering
    walls: Walls
    watch: WatchPublisher
    alerts: Alerts
    rules: Rules
    plates: PlateLists
    incidents: Incidents
    dispatch: Dispatch
    evidence: Evidence
    stills: Stills
    seen_stills: SeenStills
    timelines: Timelines
    bookmarks: Bookmarks

    def close(self) -> None:
        self.library.close()
        self.workplace.database.close()


def open_centre(settings: Settings) -> Centre:
    """Raises: AppError when the folder was not prepared."""
    home = Home(settings.home)
    workplace = open_workplace(home)
    town = read_town_map(home.town)
    library = Library(home.archive)
    stills = Stills(library, LocalCaller(home.stills_socket, "stills"))
    law = load_jurisdiction(settings.site.jurisdiction)
    term = site_term(law, settings.recording)
    cameras = Cameras(workplace, home.roster)
    devices = LocalCaller(home.devices_socket, "devices")
    watch = WatchPublisher(workplace, home.watch)
    alerts = Alerts(workplace)
    site = SealingSite(name=settings.site.name, timezone=settings.site.timezone, tool=f"Sereno {version('sereno')}")
    incidents = Incidents(workplace, alerts, Addresses(town.graph))
    return Centre(
        settings=settings,
        workplace=workplace,
        town=town,
        term=term,
        storage=Storage(workplace, library, settings.recording, law, term),
        library=library,
        people=People(workplace),
        cameras=cameras,
        devices=Devices(workplace, cameras, devices, settings.devices.clock_limit_s),
        steering=Steering(workplace, cameras, devices, settings.devices.ptz_lock_s),
        walls=Walls(workplace),
        watch=watch,
        alerts=alerts,
        rules=Rules(workplace, watch.publish),
        plates=PlateLists(workplace, watch.publish),
        incidents=incidents,
        dispatch=Dispatch(workplace, incidents, travel_times(town.graph)),
        evidence=Evidence(workplace, incidents, library, settings.home, site),
        stills=stills,
        seen_stills=SeenStills(workplace, stills),
        timelines=Timelines(workplace, library),
        bookmarks=Bookmarks(workplace, incidents),
    )
