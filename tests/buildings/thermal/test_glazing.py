"""Windows from U and SHGC: the LBNL simple window, the angle of incidence, and both inside the engine."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal.glazing import (
    LARGEST_DIFFERENCE,
    TYPICAL_DIFFERENCE,
    Glazing,
    WindowModel,
    hemispherical,
    rating,
    simple_window,
)
from buildings.thermal.network import Block, Window, Zone, assemble
from buildings.thermal.reduction import full_order
from weather.errors import TwinError

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


# --- the window as two faces ----------------------------------------------------------------------------

# EnergyPlus 25.2.0, WindowMaterial:SimpleGlazingSystem with these U and SHGC: solar transmittance at normal
# incidence as it reports it, and transmitted over incident beam near 42.44, 59.98, 70.01, 79.96 degrees.
# It tabulates the published curves every 10 degrees and fits polynomials to them; we take the curves.
ENERGYPLUS = [
    (5.8, 0.85, 0.806, (0.7903, 0.7274, 0.6088, 0.3829)),
    (2.7, 0.60, 0.526, (0.5057, 0.4325, 0.3206, 0.1628)),
    (1.6, 0.30, 0.212, (0.1940, 0.1547, 0.1060, 0.0461)),
    (3.5, 0.62, 0.542, (0.5211, 0.4476, 0.3348, 0.1734)),
    (1.2, 0.42, 0.336, (0.3160, 0.2612, 0.1865, 0.0882)),
    (6.4, 0.70, 0.605, (0.5931, 0.5459, 0.4569, 0.2874)),
    (4.0, 0.28, 0.159, (0.1499, 0.1287, 0.0986, 0.0544)),
]


@pytest.mark.parametrize(("u", "shgc", "normal", "beam"), ENERGYPLUS)
def test_energyplus_transmits_alike(u: float, shgc: float, normal: float, beam: tuple[float, ...]) -> None:
    window = simple_window("w", u, shgc)
    assert window.transmittance[0] == pytest.approx(normal, abs=0.004)
    assert window.at(np.array([42.44, 59.98, 70.01, 79.96]))[0] == pytest.approx(beam, abs=0.002)


# Cells of the source's chart, their curves written out at 60 degrees (cos = 0.5): sum of c_k / 2^k.
CURVES_AT_60 = {
    "A": 3.36 / 2 - 3.85 / 4 + 1.49 / 8 + 0.01 / 16,
    "B": 2.83 / 2 - 2.42 / 4 + 0.04 / 8 + 0.55 / 16,
    "C": 2.45 / 2 - 1.58 / 4 - 0.64 / 8 + 0.77 / 16,
    "D": 2.85 / 2 - 2.58 / 4 + 0.40 / 8 + 0.35 / 16,
    "E": 1.51 / 2 + 2.49 / 4 - 5.87 / 8 + 2.88 / 16,
    "F": 1.21 / 2 + 3.14 / 4 - 6.37 / 8 + 3.03 / 16,
    "G": 1.09 / 2 + 3.54 / 4 - 6.84 / 8 + 3.23 / 16,
    "H": 0.98 / 2 + 3.83 / 4 - 7.13 / 8 + 3.33 / 16,
    "I": 0.79 / 2 + 3.93 / 4 - 6.86 / 8 + 3.15 / 16,
    "J": 0.08 / 2 + 6.02 / 4 - 8.84 / 8 + 3.74 / 16,
}
CELLS = [
    (1.0, 0.50, "E"),
    (1.0, 0.40, "EJ"),
    (1.0, 0.20, "J"),
    (2.5, 0.60, "E"),
    (2.5, 0.525, "EEEEFGHI"),
    (2.5, 0.40, "FGHI"),
    (2.5, 0.20, "FH"),
    (0.5 * (3.4068 + 4.5424), 0.70, "EA"),
    (0.5 * (3.4068 + 4.5424), 0.20, "FFHHDDDD"),
    (5.7, 0.80, "A"),
    (5.7, 0.50, "BDCD"),
    (5.7, 0.375, "BDCDDDDD"),
    (5.7, 0.20, "D"),
]


@pytest.mark.parametrize(("u", "shgc", "letters"), CELLS)
def test_the_chart_of_angular_curves(u: float, shgc: float, letters: str) -> None:
    """LBNL-2804E: which curves, in which proportion, rule at 60 degrees."""
    expected = np.mean([CURVES_AT_60[letter] for letter in letters])
    window = simple_window("w", u, shgc)
    assert window.at(60.0)[0] / window.at(0.0)[0] == pytest.approx(expected, abs=1e-9)


@given(u=st.floats(0.4, 5.75), shgc=st.floats(0.03, 0.87))
def test_rating_gives_u_and_shgc_back(u: float, shgc: float) -> None:
    """The source's correlations for its films against films computed here under NFRC conditions."""
    rated = rating(simple_window("w", u, shgc))
    assert rated.u_value == pytest.approx(u, rel=0.003)
    assert rated.shgc == pytest.approx(shgc, abs=0.002)


@given(u=st.floats(0.4, 7.0), shgc=st.floats(0.02, 0.87), emissivity=st.floats(0.0, 1.0))
def test_a_simple_window_is_whole(u: float, shgc: float, emissivity: float) -> None:
    window = simple_window("w", u, shgc, emissivity_inside=emissivity)
    parts = window.at(np.linspace(0.0, 180.0, 361))
    for part in parts:
        assert np.all(part >= 0.0)
        assert np.all(part[180:] == 0.0)
    assert np.all(sum(parts) <= 1.0 + 1e-12)
    assert np.all(np.diff(parts[0][20:]) <= 1e-12), "beyond 10 degrees less passes the more the sun slants"
    assert 0.7 < window.transmittance_diffuse / window.transmittance[0] < 0.95
    assert window.emissivity_inside == emissivity
    assert window.emissivity_outside == 0.84
    assert window.conductance_at(20.0) == pytest.approx(1.0 / Glazing("g", u, shgc).resistance)


def test_angles_outside_the_table() -> None:
    window = simple_window("w", 2.7, 0.6)
    assert all(part.shape == () for part in window.at(30.0))
    with pytest.raises(ValueError, match="0 to 180"):
        window.at(np.array([10.0, -1.0]))
    with pytest.raises(ValueError, match="0 to 180"):
        window.at(np.nan)


def test_figures_that_no_window_has_are_refused() -> None:
    with pytest.raises(TwinError, match="describe no window") as caught:
        simple_window("house/glass", 4.0, 0.97)
    assert caught.value.key == "house/glass"


def test_hemispherical_means_of_known_functions() -> None:
    """Integral of f sin(2 theta): 2/3 of cos(theta), 1/2 of cos^2(theta)."""
    angles = np.linspace(0.0, 90.0, 181)
    cosine = np.cos(np.radians(angles))
    one, two_thirds, half = hemispherical(angles, np.ones(181), cosine, cosine**2)
    assert one == pytest.approx(1.0, abs=1e-12)
    assert two_thirds == pytest.approx(2.0 / 3.0, abs=1e-5)
    assert half == pytest.approx(0.5, abs=1e-5)


def test_conductance_by_mean_and_difference() -> None:
    window = WindowModel(
        "w", np.array([0.0, 90.0]), *(np.zeros(2),) * 3, *(0.0,) * 6, 0.84, 0.84, (5.0, 0.04, 1e-4),
        (1e-4, -1e-6, 2e-6, 0.0),
    )  # fmt: skip
    assert window.conductance_at(10.0) == pytest.approx(5.41)
    assert window.conductance_at(10.0, -TYPICAL_DIFFERENCE) == pytest.approx(5.41)
    moved = (20.0**2 - 15.0**2) * (1e-4 - 1e-5 + 4e-5)
    assert window.conductance_at(10.0, 20.0) == pytest.approx(5.41 + moved)
    assert window.conductance_at(10.0, 70.0) == window.conductance_at(10.0, LARGEST_DIFFERENCE)
