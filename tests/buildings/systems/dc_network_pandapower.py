"""Reference figures of a DC network by pandapower's power flow with DC buses; run it in its own environment.

    python -m venv pp-env && pp-env/bin/pip install pandapower==3.5.6
    pp-env/bin/python tests/buildings/systems/dc_network_pandapower.py > \
        tests/buildings/systems/data/dc_network_pandapower.json

pandapower 3.5.6 solves DC nodes, lines and constant-power loads inside `runpp` (Newton, `bus_dc`, `line_dc`,
`load_dc`, `source_dc`, a VSC that holds the voltage of one DC bus); `rundcpp` is the linear AC approximation
and has nothing to do with it. It has no DC/DC converter between DC levels, so every level is a grid of its
own here, and what a level gives plus the converter's loss is a load of the level above.
"""

from __future__ import annotations

import json
import sys

import pandapower
import pandapower.create as make

CONDUCTOR_C = 50.0
CABLES = {  # Ohm/km of one conductor at 20 degC, 1/K
    "cu_95": (0.193, 0.00393),
    "cu_35": (0.524, 0.00393),
    "cu_16": (1.15, 0.00393),
    "cu_4": (4.61, 0.00393),
    "al_50": (0.641, 0.00403),
}
DCDC_AVERAGE = (0.0072, 0.0134, 0.0057)
LEVELS = {  # lowest first: volt, source, lines (start, end, cable, metres), loads in kW
    "48": (48.0, "room", [("room", "desk_a", "cu_4", 8.0), ("room", "desk_b", "cu_4", 14.0)],
           {"desk_a": 0.25, "desk_b": 0.4}),
    "375": (375.0, "floor", [("floor", "east", "cu_16", 45.0), ("east", "corner", "cu_16", 25.0),
                             ("floor", "west", "al_50", 60.0)],
            {"east": 6.0, "corner": 9.0, "west": 18.0}),
    "750": (750.0, "bus", [("bus", "plant", "cu_95", 80.0), ("bus", "roof", "cu_35", 60.0),
                           ("plant", "garage", "cu_35", 70.0)],
            {"plant": 110.0, "roof": -60.0, "garage": 70.0}),
}  # fmt: skip
CLOSING = ("roof", "garage", "cu_35", 90.0)
CONVERTERS = (("48", "east", 1.0), ("375", "plant", 50.0))
"""Level that is fed, the node above that feeds it, rated kW."""


def solve(volt: float, source: str, lines: list, loads: dict, base_mva: float) -> dict:
    """One level: a VSC on an AC grid without impedance holds the source's voltage."""
    net = make.create_empty_network(sn_mva=base_mva)
    grid = make.create_bus(net, 0.4)
    make.create_ext_grid(net, grid)
    far = make.create_bus(net, 0.4)
    make.create_line_from_parameters(net, grid, far, 0.001, 0.1, 0.1, 0, 1)
    names = [source, *(line[1] for line in lines if line[1] != source)]
    names = list(dict.fromkeys(names))
    bus = {name: make.create_bus_dc(net, volt / 1000.0, name=name) for name in names}
    for start, end, cable, metres in lines:
        r, a = CABLES[cable]
        warm = 2.0 * r * (1.0 + a * (CONDUCTOR_C - 20.0))
        make.create_line_dc_from_parameters(net, bus[start], bus[end], metres / 1000.0, warm, 1.0)
    make.create_vsc(
        net, grid, bus[source], r_ohm=1e-3, x_ohm=1e-2, r_dc_ohm=1e-4, control_mode_ac="vm_pu",
        control_value_ac=1.0, control_mode_dc="vm_pu", control_value_dc=1.0,
    )  # fmt: skip
    for name, kw in loads.items():
        make.create_load_dc(net, bus[name], kw / 1000.0)
    pandapower.runpp(net, tolerance_mva=1e-10, max_iteration=50, numba=False)
    own = loads.get(source, 0.0)
    return {
        "voltage_v": {name: float(net.res_bus_dc.vm_pu[b]) * volt for name, b in bus.items()},
        "current_a": [1000.0 * float(i) for i in net.res_line_dc.i_from_ka],
        "loss_kw": [1000.0 * float(p) for p in net.res_line_dc.pl_mw],
        "source_kw": own + sum(kw for n, kw in loads.items() if n != source)
        + 1000.0 * float(net.res_line_dc.pl_mw.sum()),
    }  # fmt: skip


def case(mesh: bool) -> dict:
    """All levels, the lowest first."""
    results, extra = {}, {}
    for key, (volt, source, lines, loads) in LEVELS.items():
        all_loads = dict(loads)
        for fed, node, rated in CONVERTERS:
            if fed in results and node in {name for line in lines for name in line[:2]}:
                x = results[fed]["source_kw"] / rated
                a, b, c = DCDC_AVERAGE
                extra[fed] = results[fed]["source_kw"] + rated * (a + b * x + c * x * x)
                all_loads[node] = all_loads.get(node, 0.0) + extra[fed]
        closed = [*lines, CLOSING] if mesh and key == "750" else lines
        results[key] = solve(volt, source, closed, all_loads, 1e-3 if volt < 100.0 else 0.1)
    return {"levels": results, "converter_input_kw": extra}


described = {
    "conductor_c": CONDUCTOR_C,
    "levels": {k: {"volt": v, "source": s, "lines": ln, "loads": lo} for k, (v, s, ln, lo) in LEVELS.items()},
    "closing": CLOSING,
    "converters": CONVERTERS,
    "converter": "dcdc_average",
}
json.dump(
    {
        "made_by": f"pandapower {pandapower.__version__}, tests/buildings/systems/dc_network_pandapower.py",
        "case": described,
        "radial": case(False),
        "meshed": case(True),
    },
    sys.stdout,
    indent=1,
)
