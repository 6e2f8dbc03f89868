"""Windows from U and SHGC: the LBNL simple window, the angle of incidence, and both inside the engine."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal.glazing import Glazing
from buildings.thermal.network import Block, Window, Zone, assemble
from buildings.thermal.reduction import full_order

# Step by step by hand from the equations of LBNL-2804E (Arasteh, Kohler, Griffith 2009), also EnergyPlus
# Engineering Reference, "Simple Window Model":
# winter films, R_in = 1/(0.359073 ln U + 6.949915) for U < 5.85, R_out = 1/(0.025342 U + 29.163853),
# R_glass = 1/U - R_in - R_out; T_sol from SHGC by the branch of U (5.8: > 4.5; 2.7 and 1.6: < 3.4).
WORKED = [
    # U, SHGC, R_glass, T_sol
    (5.8, 0.85, 0.172414 - 0.131906 - 0.034117, 1.30415 * 0.85 - 0.30515),
    (2.7, 0.60, 0.370370 - 0.136862 - 0.034209, 0.085775 * 0.36 + 0.963954 * 0.60 - 0.084958),
    (1.6, 0.30, 0.625000 - 0.140475 - 0.034241, 0.085775 * 0.09 + 0.963954 * 0.30 - 0.084958),
]


@pytest.mark.parametrize(("u", "shgc", "resistance", "transmittance"), WORKED)
def test_simple_window_worked_by_hand(u: float, shgc: float, resistance: float, transmittance: float) -> None:
    glazing = Glazing("g", u, shgc)
    assert glazing.resistance == pytest.approx(resistance, abs=3e-6)
    assert glazing.transmittance == pytest.approx(transmittance, abs=1e-9)


@pytest.mark.parametrize(("u", "shgc"), [(row[0], row[1]) for row in WORKED])
def test_gain_at_normal_incidence_is_the_shgc(u: float, shgc: float) -> None:
    """Transmitted plus inward-flowing heat with the summer films of the same source is the SHGC again."""
    g = Glazing("g", u, shgc)
    x = shgc - g.transmittance
    if u > 4.5:
        inside = 1.0 / (29.436546 * x**3 - 21.943415 * x**2 + 9.945872 * x + 7.426151)
        outside = 1.0 / (2.225824 * x + 20.577080)
    else:
        inside = 1.0 / (199.8208128 * x**3 - 90.639733 * x**2 + 19.737055 * x + 6.766575)
        outside = 1.0 / (5.763355 * x + 20.541528)
    inward = (outside + 0.5 * g.resistance) / (outside + g.resistance + inside)
    assert g.transmittance + g.absorptance * inward == pytest.approx(shgc, abs=1e-12)
    assert 0.0 < g.absorptance < 1.0 - g.transmittance


@pytest.mark.parametrize(("u", "shgc"), [(row[0], row[1]) for row in WORKED])
def test_the_engine_gives_u_and_shgc_back(engine: SimpleNamespace, u: float, shgc: float) -> None:
    """A black room of one window at held air: heat per kelvin near U, heat per W/m2 of sun near SHGC.

    The engine's films are its own (2.5 + long-wave inside, wind outside), so both come near;
    with the source's films they are equal by the tests above.
    """
    g = Glazing("g", u, shgc)
    from buildings.thermal.network import Surface

    wall = Surface("w", 200.0, (engine.CONCRETE,), 0, "adiabatic", 90.0, 0.0, solar_absorptance_inside=1.0)
    block = Block(
        (Zone("room", 60.0, 20.0, 1e5),),
        (wall,),
        (Window("p", 2.0, g, 0, 90.0, 180.0, convection_outside=25.0),),
    )
    model = full_order(assemble(block))
    gain = np.linalg.solve(
        model.dynamics[1:, 1:], -np.column_stack([model.dynamics[1:, :1], model.forcing[1:]])
    )
    flow = model.envelope_state[:, 1:] @ gain
    per_kelvin = -(flow[0, 0] + model.envelope_state[0, 0]) / 2.0
    columns = [i for i, c in enumerate(model.channels) if c[0] == "diffuse"]
    per_sun = sum(flow[0, 1 + i] + model.envelope_forcing[0, i] for i in columns) * g.transmittance / 2.0
    assert per_kelvin == pytest.approx(u, rel=0.06)
    lost = 1.0 - 2.0 * g.transmittance_back / (200.0 + 2.0 * (g.transmittance_back + g.absorptance_back))
    assert per_sun / lost == pytest.approx(shgc, rel=0.03)


@given(
    u=st.floats(0.5, 6.0),
    shgc=st.floats(0.05, 0.87),
    panes=st.integers(1, 3),
    category=st.floats(1.0, 4.0),
)
def test_angle_of_incidence(u: float, shgc: float, panes: int, category: float) -> None:
    g = Glazing("g", u, shgc, panes=panes, category=category)
    angle = np.linspace(0.0, 90.0, 181)
    relative = g.relative(angle)
    assert relative[0] == 1.0
    assert relative[-1] == pytest.approx(0.0, abs=1e-12)
    assert np.all(np.diff(relative) <= 1e-12)
    assert np.all(g.relative(np.array([95.0, 180.0])) < 1e-12)
    assert 0.70 < g.relative_diffuse < 0.95
    assert 0.0 < g.transmittance < 1.0
    assert g.absorptance >= 0.0
    assert g.transmittance + g.absorptance <= 1.0
    assert g.transmittance_back + g.absorptance_back <= 1.0
    assert g.resistance > 0.0


def test_angle_of_a_clear_double_pane_against_window_7(figure: Callable[[str], None]) -> None:
    """Gain of 3 mm clear double glass over its normal value; one curve stands for transmitted and absorbed.

    WINDOW 7 multi-band output for the double pane of ASHRAE 140-2020 case 600: SHGC .762 at 0, .741 at 40,
    .643 at 60, .501 at 70, .259 at 80 degrees, .663 hemispherical.
    """
    g = Glazing("g", 2.7, 0.76, panes=2, category=4.0)
    error = g.relative(np.array([40.0, 60.0, 70.0, 80.0])) - np.array([0.741, 0.643, 0.501, 0.259]) / 0.762
    hemispherical = g.relative_diffuse - 0.663 / 0.762
    figure(
        "clear double pane, gain over normal against WINDOW 7: "
        + ", ".join(f"{e:+.3f} at {a}°" for a, e in zip((40, 60, 70, 80), error, strict=True))
        + f", hemispherical {hemispherical:+.3f}"
    )
    assert np.abs(error).max() < 0.06
    assert abs(hemispherical) < 0.03


def test_hemispherical_mean_is_the_integral() -> None:
    from scipy.integrate import quad

    g = Glazing("g", 1.6, 0.3, panes=3, category=2.0)
    exact, _ = quad(lambda t: float(g.relative(np.array(t))) * np.sin(2 * np.radians(t)) * np.pi / 180, 0, 90)
    assert g.relative_diffuse == pytest.approx(exact, rel=1e-5)
