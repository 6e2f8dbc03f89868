"""Windows from U and SHGC: the LBNL simple window, its angular curves, its rating, and it in the engine."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal import glazing
from buildings.thermal.enclosure import Enclosure, Surface, Window, Zone
from buildings.thermal.glazing import (
    LARGEST_DIFFERENCE,
    TYPICAL_DIFFERENCE,
    WindowModel,
    hemispherical,
    rating,
    simple_resistance,
    simple_window,
)
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
    window = simple_window("w", u, shgc)
    assert 1.0 / float(window.conductance_at(20.0)) == pytest.approx(resistance, abs=3e-6)
    assert window.transmittance[0] == pytest.approx(transmittance, abs=1e-9)


@pytest.mark.parametrize(("u", "shgc"), [(row[0], row[1]) for row in WORKED])
def test_gain_at_normal_incidence_is_the_shgc(u: float, shgc: float) -> None:
    """Transmitted plus inward-flowing heat with the summer films of the same source is the SHGC again."""
    window = simple_window("w", u, shgc)
    tau, outer, inner = (float(part) for part in window.at(0.0))
    x = shgc - tau
    if u > 4.5:
        inside = 1.0 / (29.436546 * x**3 - 21.943415 * x**2 + 9.945872 * x + 7.426151)
        outside = 1.0 / (2.225824 * x + 20.577080)
    else:
        inside = 1.0 / (199.8208128 * x**3 - 90.639733 * x**2 + 19.737055 * x + 6.766575)
        outside = 1.0 / (5.763355 * x + 20.541528)
    glass = simple_resistance(u)
    inward = (outer * outside + inner * (outside + glass)) / (outside + glass + inside)
    assert tau + inward == pytest.approx(shgc, abs=1e-12)
    assert outer == inner


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


@given(u=st.floats(0.4, 7.0), shgc=st.floats(0.03, 0.87))
def test_rating_gives_u_and_shgc_back(u: float, shgc: float) -> None:
    """The source's correlations for its films against films computed here under NFRC conditions."""
    rated = rating(simple_window("w", u, shgc))
    assert rated.u_value == pytest.approx(u, rel=0.003)
    # Beyond 5.8 the films carry the frame as well, and with them a little less of what the panes absorb.
    assert rated.shgc == pytest.approx(shgc, abs=0.002 if u < 5.8 else 0.015)


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
    assert window.conductance_at(20.0) > 0.0


def test_a_steel_frame_conducts_through_its_films() -> None:
    """EnergyPlus 25.2.0 reports for U 6.4, SHGC 0.7: 5.826 with plain films, 6.407 after its adjustment."""
    window = simple_window("w", 6.4, 0.7)
    assert rating(replace(window, convection_ratio=1.0)).u_value == pytest.approx(5.826, rel=0.003)
    assert rating(window).u_value == pytest.approx(6.4, rel=1e-4)
    assert 1.1 < window.convection_ratio < 1.3
    assert simple_window("w", 5.7, 0.7).convection_ratio == 1.0
    assert simple_window("w", 6.4, 0.7, emissivity_inside=0.1).convection_ratio == window.convection_ratio


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


# --- in the engine ----------------------------------------------------------------------------------------


def heat_through(engine: SimpleNamespace, window: WindowModel, air: tuple[float, float], sun: float) -> float:
    """Heat into a black room of held air through 2 m2 of window, per m2 of window, under NFRC films [W]."""
    inside, outside = air
    room = Enclosure(
        (Zone("room", 60.0, 20.0, 1e5),),
        (Surface("w", 400.0, (engine.GYPSUM,), 0, "adiabatic", 180.0, solar_absorptance_inside=1.0),),
        (
            Window("p", 2.0, window, 0, 90.0, 180.0, glass_height=1.0,
                   convection_outside=26.0 if sun == 0.0 else 15.0),
        ),
    )  # fmt: skip
    tau, outer, inner = (sun * float(part) for part in window.at(0.0))
    run = engine.march(
        [(room, (engine.thermostat(heat=inside, cool=inside),))],
        600,
        temp_out=outside,
        start=inside,
        series={"beam": tau, "heat_out": outer, "heat_in": inner},
    )
    return -float(run.sensible[-1, 0, 0]) / 2.0


@pytest.mark.parametrize(("u", "shgc"), [(row[0], row[1]) for row in WORKED])
def test_the_engine_gives_u_and_shgc_back(engine: SimpleNamespace, u: float, shgc: float) -> None:
    """Heat per kelvin and per W/m2 of sun under NFRC's outdoor films, the engine's own inside.

    Its walls are a little off the air's temperature and its films inside are linearised: within 3 %.
    """
    window = simple_window("w", u, shgc)
    assert heat_through(engine, window, (21.0, -18.0), 0.0) / -39.0 == pytest.approx(u, rel=0.03)
    dark, bright = (heat_through(engine, window, (24.0, 32.0), sun) for sun in (1e-9, 783.0))
    assert (bright - dark) / 783.0 == pytest.approx(shgc, rel=0.02)


def test_faces_that_do_not_settle_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A film that swings for ever: a TwinError with the window's name and what to look at."""
    swing = itertools.cycle((0.1, 80.0))
    window = simple_window("office/pane", 2.0, 0.4)
    monkeypatch.setattr(glazing, "film_inside", lambda *args: next(swing))
    with pytest.raises(TwinError, match="do not settle") as caught:
        rating(window)
    assert caught.value.key == "office/pane"
    assert "U-factor" in caught.value.remedy
