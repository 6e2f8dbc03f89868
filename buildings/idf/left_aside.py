"""What of a model a project does not take over, class by class, in words."""

from __future__ import annotations

from buildings.idf.model import Model

# Classes that say how to compute or report; nobody misses them.
_QUIET = (
    "VERSION", "OUTPUT", "RUNPERIOD", "SIZING", "SIMULATIONCONTROL", "TIMESTEP", "CONVERGENCELIMITS",
    "SHADOWCALCULATION", "HEATBALANCE", "SCHEDULETYPELIMITS", "SITE:LOCATION", "METER:", "CURVE:", "TABLE:",
    "NODELIST", "BRANCH", "CONNECTOR", "ZONEAIRHEATBALANCE", "LIFECYCLECOST", "CURRENCYTYPE", "UTILITYCOST",
    "COMPLEXFENESTRATIONPROPERTY", "PERFORMANCEPRECISIONTRADEOFFS", "COMPLIANCE", "PARAMETRIC",
    "FLUIDPROPERTIES", "SITE:WATERMAINS", "SITE:PRECIPITATION", "OUTDOORAIR:NODE", "DUALMODE",
)  # fmt: skip
_GROUPS = {
    "heating, cooling and air systems (ideal loads take their place)": (
        "AIRLOOPHVAC", "ZONEHVAC", "AIRTERMINAL", "COIL", "FAN:", "CHILLER", "BOILER", "PUMP", "PLANT",
        "PIPE", "CONDENSER", "COOLINGTOWER", "HEATEXCHANGER", "CONTROLLER", "SETPOINTMANAGER",
        "AVAILABILITYMANAGER", "OUTDOORAIR", "UNITARY", "FLUIDCOOLER", "HUMIDIFIER", "HEADEREDPUMPS",
        "EVAPORATIVE", "HVACTEMPLATE", "DISTRICT", "DUCT", "GROUNDHEATEXCHANGER", "THERMALSTORAGE",
        "TEMPERINGVALVE", "HEATPUMP",
    ),
    "outdoor air and exhaust that systems bring": ("DESIGNSPECIFICATION", "FAN:ZONEEXHAUST", "ZONEAIR"),
    "humidity and comfort control": ("ZONECONTROL:HUMIDISTAT", "ZONECONTROL:THERMOSTAT:", "ZONECONTROL:CONT"),
    "daylight control of lights": ("DAYLIGHTING",),
    "refrigeration": ("REFRIGERATION",),
    "hot water": ("WATERUSE", "WATERHEATER", "SOLARCOLLECTOR"),
    "equipment and lights outside": ("EXTERIOR",),
    "electric supply": ("ELECTRICLOADCENTER", "GENERATOR", "PHOTOVOLTAIC"),
    "programs that act while EnergyPlus runs": (
        "ENERGYMANAGEMENTSYSTEM", "PYTHONPLUGIN", "EXTERNALINTERFACE",
    ),
    "holidays and daylight saving time": ("RUNPERIODCONTROL",),
    "shades that do not hang at one window": ("SHADING:", "SHADINGPROPERTY", "WINDOWSHADINGCONTROL"),
    "airflow network": ("AIRFLOWNETWORK",),
}  # fmt: skip
_CONDUCTION = ("ConductionTransferFunction", "ConductionFiniteDifference")


def note_left_aside(model: Model) -> None:
    """List every class that nothing has read, and algorithms that the twin does not follow."""
    _note_algorithm(model, "SURFACECONVECTIONALGORITHM:INSIDE", ("TARP",), "inside convection")
    _note_algorithm(model, "SURFACECONVECTIONALGORITHM:OUTSIDE", ("DOE-2", "TARP"), "outside convection")
    balance = model.first("HEATBALANCEALGORITHM")
    algorithm = balance.text("Algorithm", _CONDUCTION[0]) if balance is not None else _CONDUCTION[0]
    if algorithm.upper() not in [name.upper() for name in _CONDUCTION]:
        model.notes.add("nearest", "walls", f"{algorithm} as conduction of heat alone")
    for kind, count in sorted(model.counts().items()):
        name = kind.upper()
        if name not in model.used and not name.startswith(_QUIET):
            model.notes.add("left aside", _group(name), name, count)


def _group(name: str) -> str:
    for words, starts in _GROUPS.items():
        if name.startswith(starts):
            return words
    return "other"


def _note_algorithm(model: Model, kind: str, ours: tuple[str, ...], words: str) -> None:
    record = model.first(kind)
    theirs = record.text("Algorithm", ours[0]) if record is not None else ours[0]
    if theirs.upper().replace("-", "") not in [one.replace("-", "") for one in ours]:
        model.notes.add("nearest", "films", f"{words} by {theirs} as by {ours[0]}")
