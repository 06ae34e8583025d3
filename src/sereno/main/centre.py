"""The services of control, each given what it needs; nothing here runs yet."""

from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from zoneinfo import ZoneInfo

from sereno.access.jurisdiction import Jurisdiction, load_jurisdiction
from sereno.access.service import People
from sereno.access.work import Workplace
from sereno.alerts.publishing import WatchPublisher
from sereno.alerts.service import Alerts, Rules
from sereno.analytics.detectors.shelf import DetectorShelf
from sereno.analytics.search.alike import Followings
from sereno.analytics.search.desk import SearchDesk
from sereno.analytics.search.looks import Looks
from sereno.analytics.search.service import Searches
from sereno.analytics.search.words.town import named_places
from sereno.analytics.views.pictures import ViewPictures
from sereno.cameras.devices.service import Devices
from sereno.cameras.ground.service import Grounds
from sereno.cameras.service import Cameras
from sereno.cameras.steering.service import Steering
from sereno.cameras.terms import KeepFloor
from sereno.cameras.walls.service import Walls
from sereno.dispatch.service import Dispatch
from sereno.evidence.exports import SealingSite
from sereno.evidence.service import Evidence
from sereno.incidents.priorities import Priorities
from sereno.incidents.service import Incidents
from sereno.main.home import Home
from sereno.main.passers_by import passers_by
from sereno.main.workplace import open_workplace
from sereno.maps.addresses import Addresses
from sereno.maps.town_map import TownMap, read_town_map
from sereno.maps.travel_times import travel_times
from sereno.playback.bookmarks import Bookmarks
from sereno.playback.stills import SeenStills
from sereno.playback.timelines import Timelines
from sereno.recording.library import Library
from sereno.recording.retention import Term, floor_source, site_term
from sereno.recording.stills.service import Stills
from sereno.recording.storage import Storage
from sereno.runtime.settings import Settings
from sereno.upkeep.limits import limits_of
from sereno.upkeep.rounds import Rounds, RoundsPlan
from sereno.upkeep.service import Upkeep
from sereno.watchlists.service import PlateLists


@dataclass(frozen=True, slots=True)
class Centre:
    settings: Settings
    workplace: Workplace
    town: TownMap
    law: Jurisdiction
    term: Term
    """How long footage is kept here."""
    storage: Storage
    library: Library
    people: People
    cameras: Cameras
    detectors: DetectorShelf
    devices: Devices
    steering: Steering
    walls: Walls
    grounds: Grounds
    watch: WatchPublisher
    alerts: Alerts
    rules: Rules
    plates: PlateLists
    incidents: Incidents
    priorities: Priorities
    dispatch: Dispatch
    evidence: Evidence
    upkeep: Upkeep
    rounds: Rounds
    stills: Stills
    seen_stills: SeenStills
    timelines: Timelines
    bookmarks: Bookmarks
    followings: Followings

    def close(self) -> None:
        self.followings.close()
        self.library.close()
        self.workplace.database.close()


def open_centre(settings: Settings) -> Centre:
    """Raises: AppError when the folder was not prepared."""
    home = Home(settings.home)
    workplace = open_workplace(home)
    town = read_town_map(home.town)
    library = Library(home.archive)
    stills = Stills(library, home.stills_caller())
    law = load_jurisdiction(settings.site.jurisdiction)
    term = site_term(law, settings.recording)
    floor = KeepFloor(term.floor.total_seconds() / 86_400, floor_source(law, settings.recording))
    detectors = DetectorShelf(assets=settings.assets, site=settings.models, usual=settings.analytics.detector)
    cameras = Cameras(workplace, home.roster, law, floor, detectors.check)
    proof = _proof_plan(settings, term)
    devices = home.devices_caller()
    watch = WatchPublisher(workplace, home.watch)
    alerts = Alerts(workplace)
    site = SealingSite(name=settings.site.name, timezone=settings.site.timezone, tool=f"Sereno {version('sereno')}")
    incidents = Incidents(workplace, alerts, Addresses(town.graph))
    return Centre(
        settings=settings,
        workplace=workplace,
        town=town,
        law=law,
        term=term,
        storage=Storage(workplace, library, settings.recording, law, term),
        library=library,
        people=People(workplace),
        cameras=cameras,
        detectors=detectors,
        devices=Devices(workplace, cameras, devices, settings.devices.clock_limit_s),
        steering=Steering(workplace, cameras, devices, settings.devices.ptz_lock_s),
        walls=Walls(workplace),
        grounds=Grounds(workplace, cameras, home.grounds, passers_by(workplace.database)),
        watch=watch,
        alerts=alerts,
        rules=Rules(workplace, watch.publish),
        plates=PlateLists(workplace, watch.publish),
        incidents=incidents,
        priorities=Priorities(workplace, home.priorities),
        dispatch=Dispatch(workplace, incidents, travel_times(town.graph)),
        evidence=Evidence(workplace, incidents, library, settings.home, site),
        upkeep=Upkeep(workplace, proof, ViewPictures(home.views), home.view_orders),
        rounds=Rounds(workplace, library, proof),
        stills=stills,
        seen_stills=SeenStills(workplace, stills),
        timelines=Timelines(workplace, library),
        bookmarks=Bookmarks(workplace, incidents),
        followings=_followings(settings, workplace, town, law, incidents),
    )


def _followings(
    settings: Settings, workplace: Workplace, town: TownMap, law: Jurisdiction, incidents: Incidents
) -> Followings:
    folders = Home(settings.home).analyst_folders
    searches = Searches(
        SearchDesk(workplace, incidents.stored),
        folders,
        ZoneInfo(settings.site.timezone),
        workplace.clock,
        named_places(town),
    )
    return Followings(searches, Looks(folders), law, travel_times(town.graph))


def _proof_plan(settings: Settings, term: Term) -> RoundsPlan:
    jurisdiction = load_jurisdiction(settings.site.jurisdiction)
    floor_days = term.floor.total_seconds() / 86_400
    return RoundsPlan(
        zone=ZoneInfo(settings.site.timezone),
        limits=limits_of(jurisdiction, floor_days, settings.devices.clock_limit_s),
        settled_after=timedelta(seconds=2 * settings.recording.segment_s + 15),
    )
