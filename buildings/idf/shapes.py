"""Zones and planes of a model as they lie in space: vertices in world coordinates, y to the north."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from buildings.idf.model import Model, Record
from buildings.idf.polygons import Points, area, area_vector, enclosed_volume, tilt_azimuth

_LEAST_AREA = 1e-4
_SIMPLE = {
    # class: (type, boundary where no field names one)
    "WALL:EXTERIOR": ("WALL", "OUTDOORS"),
    "WALL:ADIABATIC": ("WALL", "ADIABATIC"),
    "WALL:UNDERGROUND": ("WALL", "GROUND"),
    "WALL:INTERZONE": ("WALL", "SURFACE"),
    "ROOF": ("ROOF", "OUTDOORS"),
    "CEILING:ADIABATIC": ("CEILING", "ADIABATIC"),
    "CEILING:INTERZONE": ("CEILING", "SURFACE"),
    "FLOOR:GROUNDCONTACT": ("FLOOR", "GROUND"),
    "FLOOR:ADIABATIC": ("FLOOR", "ADIABATIC"),
    "FLOOR:INTERZONE": ("FLOOR", "SURFACE"),
}
_DETAILED = {
    "BUILDINGSURFACE:DETAILED": "",
    "WALL:DETAILED": "WALL",
    "ROOFCEILING:DETAILED": "",
    "FLOOR:DETAILED": "FLOOR",
}
_OPENINGS = ("WINDOW", "DOOR", "GLAZEDDOOR")
_INTERZONE_OPENINGS = ("WINDOW:INTERZONE", "DOOR:INTERZONE", "GLAZEDDOOR:INTERZONE")


@dataclass
class Opening:
    """A window or door: its plane, its glass or leaf, how many alike."""

    name: str
    kind: str
    construction: str
    points: Points
    multiplier: float
    frame: str
    neighbour: str
    record: Record

    @property
    def area(self) -> float:
        """Of one such opening [m2]."""
        return area(self.points)

    @property
    def glazed(self) -> bool:
        """Whether light passes: everything but a door."""
        return self.kind != "DOOR"


@dataclass
class Plane:
    """A wall, floor, ceiling or roof with its openings; boundary and other side in capitals."""

    name: str
    kind: str
    construction: str
    zone: str
    boundary: str
    neighbour: str
    sun: bool
    wind: bool
    points: Points
    record: Record
    openings: list[Opening] = field(default_factory=list)

    @property
    def area(self) -> float:
        """Gross area [m2]."""
        return area(self.points)


@dataclass
class Space:
    """A zone: multiplier with that of its group, floor area [m2], volume [m3], heights [m]."""

    name: str
    multiplier: int
    floor_area: float
    volume: float
    floor_height: float
    record: Record
    planes: list[Plane] = field(default_factory=list)
    behind: list[Plane] = field(default_factory=list)
    """Planes of other zones that name this zone as their other side, turned round."""

    @property
    def floors(self) -> list[Plane]:
        """What the zone stands on, whoever has drawn it."""
        return [plane for plane in (*self.planes, *self.behind) if plane.kind == "FLOOR"]


def spaces_of(model: Model) -> list[Space]:
    """All zones with their planes and openings.

    Raises
    ------
    TwinError
        Planes of unknown zones, openings of unknown planes, no zones at all.
    """
    frames = _Frames(model)
    planes = [*_detailed(model, frames), *_simple(model, frames)]
    _add_openings(model, frames, planes)
    groups = _group_multipliers(model)
    found: dict[str, Space] = {}
    for record in model.all("ZONE"):
        times = record.number("Multiplier", 1.0) * groups.get(record.name.upper(), 1.0)
        found[record.name.upper()] = Space(record.name, max(1, round(times)), 0.0, 0.0, 0.0, record)
    if not found:
        raise model.wrong("the model has no zones.", "Give a model with at least one Zone object.")
    for plane in planes:
        space = found.get(plane.zone)
        if space is None:
            raise plane.record.wrong(f"its zone '{plane.zone}' does not exist.", "Name a zone of the model.")
        space.planes.append(plane)
        if plane.boundary == "ZONE" and plane.neighbour != plane.zone and plane.neighbour in found:
            found[plane.neighbour].behind.append(_turned_round(plane))
    for space in found.values():
        _measure(space, model)
    return list(found.values())


def _turned_round(plane: Plane) -> Plane:
    """The same plane as the zone behind it sees it."""
    kind = {"FLOOR": "CEILING", "CEILING": "FLOOR", "ROOF": "FLOOR"}.get(plane.kind, plane.kind)
    return replace(
        plane, kind=kind, zone=plane.neighbour, neighbour=plane.zone, points=plane.points[::-1], openings=[]
    )


class _Frames:
    """Coordinate rules of the model: which way round vertices run, what they are relative to."""

    def __init__(self, model: Model) -> None:
        rules = model.first("GLOBALGEOMETRYRULES")
        self.clockwise = rules is not None and rules.text("Vertex_Entry_Direction").upper() == "CLOCKWISE"
        self.world = rules is not None and rules.text("Coordinate_System").upper() in (
            "WORLD",
            "WORLDCOORDINATESYSTEM",
            "ABSOLUTE",
        )
        building = model.first("BUILDING")
        self.north = math.radians(building.number("North_Axis", 0.0)) if building is not None else 0.0
        self.zones = {}
        for zone in model.all("ZONE"):
            turn = math.radians(zone.number("Direction_of_Relative_North", 0.0))
            origin = np.array([zone.number(f"{axis}_Origin", 0.0) for axis in "XYZ"])
            self.zones[zone.name.upper()] = (turn, origin)

    def world_points(self, points: Points, zone: str) -> Points:
        """Vertices of a zone in world coordinates, counter-clockwise seen from outside."""
        if self.clockwise:
            points = points[::-1]
        if self.world:
            return points
        turn, origin = self.zones.get(zone, (0.0, np.zeros(3)))
        return _turned(_turned(points, turn) + origin, self.north)


def _turned(points: Points, angle: float) -> Points:
    """Turned clockwise about the vertical, seen from above."""
    if angle == 0.0:
        return points
    c, s = math.cos(angle), math.sin(angle)
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([x * c + y * s, -x * s + y * c, points[:, 2]])


def vertices(record: Record, first: str = "Vertex_1_Xcoordinate") -> Points:
    """Vertices at the end of an object, shape (n, 3).

    Raises
    ------
    TwinError
        Fewer than three, a coordinate missing, or no number.
    """
    values = record.rest(first)
    if len(values) < 9 or len(values) % 3:
        raise record.wrong(
            f"{len(values)} coordinates are not three or more vertices.", "Give x, y and z of each vertex."
        )
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        raise record.wrong("a coordinate is no number.", "Write numbers in metres.") from None
    return np.array(numbers).reshape(-1, 3)


def _detailed(model: Model, frames: _Frames) -> list[Plane]:
    planes = []
    for record in model.all(*_DETAILED):
        zone = record.text("Zone_Name").upper()
        points = frames.world_points(vertices(record), zone)
        kind = (_DETAILED[record.kind] or record.text("Surface_Type")).upper()
        planes.append(
            Plane(
                name=record.name,
                kind=kind,
                construction=record.text("Construction_Name"),
                zone=zone,
                boundary=record.text("Outside_Boundary_Condition", "OUTDOORS").upper(),
                neighbour=record.text("Outside_Boundary_Condition_Object").upper(),
                sun=record.text("Sun_Exposure", "SunExposed").upper() != "NOSUN",
                wind=record.text("Wind_Exposure", "WindExposed").upper() != "NOWIND",
                points=points,
                record=record,
            )
        )
    return planes


def _simple(model: Model, frames: _Frames) -> list[Plane]:
    """Rectangles given by a corner, length, height, azimuth and tilt."""
    planes = []
    for record in model.all(*_SIMPLE):
        kind, boundary = _SIMPLE[record.kind]
        neighbour = record.text("Outside_Boundary_Condition_Object").upper() if boundary == "SURFACE" else ""
        zone = record.text("Zone_Name").upper()
        default = {"WALL": 90.0, "FLOOR": 180.0}.get(kind, 0.0)
        corner = np.array([record.number(f"Starting_{axis}_Coordinate", 0.0) for axis in "XYZ"])
        across = "Width" if kind != "WALL" else "Height"
        points = _rectangle(
            corner,
            record.number("Azimuth_Angle", 0.0),
            record.number("Tilt_Angle", default),
            record.number("Length"),
            record.number(across),
        )
        points = points[::-1] if frames.clockwise else points
        exposed = boundary == "OUTDOORS"
        planes.append(
            Plane(
                record.name, kind, record.text("Construction_Name"), zone, boundary, neighbour, exposed,
                exposed, frames.world_points(points, zone), record,
            )
        )  # fmt: skip
    return planes


def _axes(azimuth: float, tilt: float) -> tuple[Points, Points]:
    """To the right and upwards on a plane seen from outside."""
    a, t = math.radians(azimuth), math.radians(tilt)
    right = np.array([-math.cos(a), math.sin(a), 0.0])
    up = np.array([-math.sin(a) * math.cos(t), -math.cos(a) * math.cos(t), math.sin(t)])
    return right, up


def _rectangle(corner: Points, azimuth: float, tilt: float, length: float, height: float) -> Points:
    right, up = _axes(azimuth, tilt)
    return np.array(
        [corner, corner + length * right, corner + length * right + height * up, corner + height * up]
    )


def _add_openings(model: Model, frames: _Frames, planes: list[Plane]) -> None:
    by_name = {plane.name.upper(): plane for plane in planes}

    def base(record: Record) -> Plane:
        plane = by_name.get(record.text("Building_Surface_Name").upper())
        if plane is None:
            raise record.wrong(
                f"its surface '{record.text('Building_Surface_Name')}' does not exist.",
                "Name a surface of the model.",
            )
        return plane

    for record in model.all("FENESTRATIONSURFACE:DETAILED"):
        plane = base(record)
        count = record.text("Number_of_Vertices")
        points = vertices(record)
        if count.replace(".", "").isdigit():
            points = points[: int(float(count))]
        plane.openings.append(
            Opening(
                record.name, record.text("Surface_Type").upper(), record.text("Construction_Name"),
                frames.world_points(points, plane.zone), record.number("Multiplier", 1.0),
                record.text("Frame_and_Divider_Name"),
                record.text("Outside_Boundary_Condition_Object").upper(), record,
            )
        )  # fmt: skip
    for record in model.all(*_OPENINGS, *_INTERZONE_OPENINGS):
        plane = base(record)
        kind = record.kind.split(":")[0]
        between = record.kind in _INTERZONE_OPENINGS
        plane.openings.append(
            Opening(
                record.name, "GLASSDOOR" if kind == "GLAZEDDOOR" else kind,
                record.text("Construction_Name"), _in_plane(record, plane),
                record.number("Multiplier", 1.0),
                record.text("Frame_and_Divider_Name") if kind != "DOOR" and not between else "",
                record.text("Outside_Boundary_Condition_Object").upper() if between else "", record,
            )
        )  # fmt: skip


def _in_plane(record: Record, plane: Plane) -> Points:
    """Rectangle of an opening given by its place from the lower left corner of its surface."""
    tilt, azimuth = tilt_azimuth(area_vector(plane.points))
    right, up = _axes(azimuth, tilt)
    corner = plane.points[int(np.argmin(plane.points @ (right + up)))]
    corner = corner + record.number("Starting_X_Coordinate", 0.0) * right
    corner = corner + record.number("Starting_Z_Coordinate", 0.0) * up
    return _rectangle(corner, azimuth, tilt, record.number("Length"), record.number("Height"))


def _group_multipliers(model: Model) -> dict[str, float]:
    """Multiplier that groups of zones put on top of each zone's own."""
    found: dict[str, float] = {}
    for group in model.all("ZONEGROUP"):
        zones = model.find(group.text("Zone_List_Name"), "ZONELIST")
        if zones is None:
            raise group.wrong("its list of zones does not exist.", "Name a ZoneList.")
        for name in zones.rest("Zone_1_Name"):
            found[name.upper()] = group.number("Zone_List_Multiplier", 1.0)
    return found


def _measure(space: Space, model: Model) -> None:
    """Floor area, volume and height of a zone: as written, else from its polygons."""
    record = space.record
    planes = [*space.planes, *space.behind]
    drawn = sum(plane.area for plane in space.floors)
    space.floor_area = record.number("Floor_Area", 0.0) or drawn
    if not planes:
        raise record.wrong("the zone has no surfaces.", "Give it walls, a floor and a roof, or remove it.")
    heights = np.concatenate([plane.points[:, 2] for plane in planes])
    space.floor_height = float(heights.min())
    extent = float(np.ptp(heights))
    height = record.number("Ceiling_Height", 0.0) or extent
    # Above ground floor the area that rooms are counted by; a loft or plenum may have none.
    level = space.floor_area or max(plane.area for plane in planes)
    enclosed = enclosed_volume([plane.points for plane in planes])
    space.volume = record.number("Volume", 0.0) or enclosed or level * height
    if space.volume <= _LEAST_AREA:
        raise record.wrong("the zone encloses no volume.", "Give its Volume, or close its surfaces.")
    if not record.number("Volume", 0.0) and enclosed is None:
        model.notes.add("nearest", "zones", "volume from floor area times height: the surfaces do not close")
