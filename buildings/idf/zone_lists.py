"""Which zones an object serves when it names a zone, a list of zones, a space or a list of spaces."""

from __future__ import annotations

from buildings.idf.model import Model, Record
from buildings.idf.shapes import Space


class ZoneLists:
    """Zones behind every name that objects use, in capitals."""

    def __init__(self, model: Model, spaces: list[Space]) -> None:
        self._area = {space.name.upper(): space.floor_area for space in spaces}
        self._zones = {name: [name] for name in self._area}
        for record in model.all("SPACE"):
            zone = record.text("Zone_Name").upper()
            if zone in self._area:
                self._zones.setdefault(record.name.upper(), [zone])
        for record in model.all("ZONELIST"):
            names = [name.upper() for name in record.rest("Zone_1_Name")]
            self._zones[record.name.upper()] = [name for name in names if name in self._area]
        for record in model.all("SPACELIST"):
            members = [self._zones.get(name.upper(), []) for name in record.rest("Space_1_Name")]
            self._zones[record.name.upper()] = list(dict.fromkeys(z for zones in members for z in zones))

    def zones(self, name: str, asked: Record) -> list[str]:
        """Names of the zones, in capitals.

        Raises
        ------
        TwinError
            Neither a zone nor a list nor a space.
        """
        found = self._zones.get(name.strip().upper())
        if found is None:
            raise asked.wrong(
                f"its zone '{name}' does not exist.", "Name a zone, space or list of the model."
            )
        return found

    def shares(self, name: str, asked: Record) -> list[tuple[str, float]]:
        """Zones with the share of a level that each takes: a level for a list is each zone's own."""
        return [(zone, 1.0) for zone in self.zones(name, asked)]
