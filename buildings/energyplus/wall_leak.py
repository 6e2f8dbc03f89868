"""Heat that EnergyPlus' walls make or lose by rounding.

Its conduction transfer functions are sums of terms that nearly cancel, the more so the shorter the step and
the heavier the wall. Where they no longer do, a wall between two equal temperatures gives off heat: 200 mm of
concrete under carpet loses its balance by 0.014 W/(m2 K) at steps of 10 min, which at room temperature heats
a storey with 0.3 W/m2 from nowhere and moved the cooling of the midrise apartments by 4 %. The report has so
many digits only, so a step may be refused that would stand.
"""

from __future__ import annotations

from pathlib import Path

from weather.errors import TwinError

REPORT = "Output:Constructions,Constructions;\n"
"""What a model must ask for."""
MOST_LEAK = 0.003
"""Leak of a construction that is let pass [W/(m2 K)]: 0.06 W/m2 at room temperature; assumed."""


def wall_leak(eio: Path) -> float:
    """Largest error of any construction's heat balance.

    Parameters
    ----------
    eio : Path
        `eplusout.eio` of a run that reports its constructions.

    Returns
    -------
    float
        Heat that enters at the inner face and does not leave at the outer, per kelvin above 0 degC of a wall
        whose faces are equally warm: |sum Z - sum Y| / (1 - sum Phi) [W/(m2 K)]; nought without walls.

    Raises
    ------
    TwinError
        A report that cannot be read.
    """
    sums: list[list[float]] = []
    try:
        for line in eio.read_text(encoding="utf-8", errors="replace").splitlines():
            words = [word.strip() for word in line.split(",")]
            if words[0] == "Construction CTF":
                sums.append([0.0, 0.0, 1.0])
            elif words[0] == "CTF" and sums:
                _, cross, inside, *flux = (float(word or 0.0) for word in words[2:])
                sums[-1][0] += cross
                sums[-1][1] += inside
                sums[-1][2] -= flux[0] if flux else 0.0
    except (OSError, ValueError) as error:
        raise TwinError(
            f"EnergyPlus' report of its walls cannot be read: {error}.", "Report this.", file=eio
        ) from error
    return max((abs(inside - cross) / abs(left) for cross, inside, left in sums if left), default=0.0)
