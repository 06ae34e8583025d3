"""Houses, shops and sheds along the blocks of the demo town, each a little different, always the same."""

from collections.abc import Iterator, Sequence
from random import Random

from sereno.simulation.block_plan import LANDMARKS, Drawn, Landmark, Ring
from sereno.simulation.street_plan import XY

SEED = 1912
BUILT_SHARE = {"centre": 0.97, "homes": 0.86, "industry": 0.8}
HEIGHT_M = {"centre": (3.5, 13.0), "homes": (2.8, 6.5), "industry": (5.0, 9.0)}
FRONT_M = {"centre": (9.0, 15.0), "homes": (10.0, 17.0), "industry": (26.0, 38.0)}
DEPTH_M = {"centre": (16.0, 34.0), "homes": (10.0, 22.0), "industry": (22.0, 34.0)}


def plan_buildings(blocks: Sequence[Drawn]) -> tuple[Drawn, ...]:
    """Landmarks, and buildings on every block that is built; none where a landmark stands."""
    random = Random(SEED)
    marks = tuple(Drawn(m.kind, _rectangle(m), m.name, m.height_m) for m in LANDMARKS)
    common = (building for block in blocks if block.use in BUILT_SHARE for building in _on_block(block, random))
    return marks + tuple(building for building in common if not any(_touches(building.ring, m) for m in LANDMARKS))


def _rectangle(mark: Landmark) -> Ring:
    return (mark.west, mark.south), (mark.east, mark.south), (mark.east, mark.north), (mark.west, mark.north)


def _on_block(block: Drawn, random: Random) -> Iterator[Drawn]:
    """Rows of party-walled fronts on the four sides; the southern and northern rows take the corners."""
    west, east = min(x for x, _ in block.ring), max(x for x, _ in block.ring)
    south, north = min(y for _, y in block.ring), max(y for _, y in block.ring)
    deepest = DEPTH_M[block.use][1]
    sides = (
        ((west, south), (1.0, 0.0), (0.0, 1.0), east - west),
        ((east, north), (-1.0, 0.0), (0.0, -1.0), east - west),
        ((east, south + deepest), (0.0, 1.0), (-1.0, 0.0), north - south - 2 * deepest),
        ((west, north - deepest), (0.0, -1.0), (1.0, 0.0), north - south - 2 * deepest),
    )
    for corner, along, inward, length_m in sides:
        for ring in _row(block.use, (corner, along, inward), length_m, random):
            if all(_inside(point, block.ring) for point in ring):
                low, high = HEIGHT_M[block.use]
                height_m = round(random.triangular(low, high, low + 0.8), 1)
                yield Drawn(_building_use(block.use, random), ring, height_m=height_m)


def _row(use: str, side: tuple[XY, XY, XY], length_m: float, random: Random) -> Iterator[Ring]:
    corner, along, inward = side
    done_m = 0.0
    while length_m - done_m > FRONT_M[use][0] * 0.7:
        front_m = min(random.uniform(*FRONT_M[use]), length_m - done_m)
        depth_m = random.uniform(*DEPTH_M[use])
        garden_m = random.choice((0.0, 0.0, 3.0)) if use == "homes" else 0.0
        if random.random() < BUILT_SHARE[use]:
            shape = _footprint(front_m - 0.4, depth_m, garden_m, random)
            yield tuple(
                (
                    round(corner[0] + along[0] * (done_m + a) + inward[0] * d, 2),
                    round(corner[1] + along[1] * (done_m + a) + inward[1] * d, 2),
                )
                for a, d in shape
            )
        done_m += front_m


def _footprint(front_m: float, depth_m: float, garden_m: float, random: Random) -> tuple[XY, ...]:
    """Along and inward from the lot's corner: a rectangle, or an L with a patio."""
    if depth_m < 15 or random.random() < 0.45:
        return (0.0, garden_m), (front_m, garden_m), (front_m, depth_m), (0.0, depth_m)
    wing_m, hall_m = front_m * random.uniform(0.4, 0.65), depth_m * random.uniform(0.4, 0.6)
    ring = (0.0, garden_m), (front_m, garden_m), (front_m, hall_m), (wing_m, hall_m), (wing_m, depth_m), (0.0, depth_m)
    return ring


def _building_use(block_use: str, random: Random) -> str:
    if block_use == "industry":
        return "industry"
    return "shop" if random.random() < (0.45 if block_use == "centre" else 0.06) else "house"


def _inside(point: XY, ring: Ring) -> bool:
    """Whether a counter-clockwise convex ring holds the point, its edge included."""
    return all(
        (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) >= -0.05
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True)
    )


def _touches(ring: Ring, mark: Landmark) -> bool:
    apart = (
        max(x for x, _ in ring) <= mark.west
        or min(x for x, _ in ring) >= mark.east
        or max(y for _, y in ring) <= mark.south
        or min(y for _, y in ring) >= mark.north
    )
    return not apart
