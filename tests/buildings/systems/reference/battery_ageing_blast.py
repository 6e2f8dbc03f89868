"""Makes `battery_ageing_blast.json`: NREL's BLAST-Lite on two years of charge and temperature.

BLAST-Lite needs an old NumPy, so it has an environment of its own:

    python3.11 -m venv blast && blast/bin/pip install blast-lite==1.1.1
    blast/bin/python tests/buildings/systems/reference/battery_ageing_blast.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

STEP_S = 900.0
MODELS = {
    "lfp_prismatic_250ah": "Lfp_Gr_250AhPrismatic",
    "leaf_second_life": "Lmo_Gr_NissanLeaf66Ah_2ndLife_Battery",
}
RESISTANCE = "Lfp_Gr_SonyMurata3Ah_Battery"
YEARS = (1, 10)


def profiles() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """State of charge [-] and cell temperature [degC] at the ends of 35,040 steps of 15 min.

    `continuous` swings between 10 and 90 % without a rest, 4 h up and 4 h down. `building` charges at night,
    rests, discharges in the evening, and does nothing on two days of seven.
    """
    hours = 0.25 * np.arange(1, 35041)
    temp = 25.0 + 8.0 * np.sin(2.0 * np.pi * (hours / 8760.0 - 0.3))
    swing = 0.1 + 0.8 * np.abs((hours / 8.0) % 1.0 - 0.5) * 2.0
    day = np.interp(hours % 24.0, [0, 1, 4, 9, 11, 17, 19, 24], [0.1, 0.1, 0.9, 0.9, 0.5, 0.5, 0.1, 0.1])
    building = np.where((hours // 24.0) % 7.0 < 5.0, day, 0.1)
    return {"continuous": (swing, temp), "building": (building, temp)}


def main() -> None:
    """Run every model on every profile."""
    from blast import models

    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, (soc, temp) in profiles().items():
        given = {"Time_s": STEP_S * np.arange(len(soc)), "SOC": soc, "Temperature_C": temp}
        for key, kind in (*MODELS.items(), ("resistance", RESISTANCE)):
            cell = getattr(models, kind)()
            # the same charge over time, over the capacity that is left
            cell.simulate_battery_life(
                given, threshold_time=max(YEARS) + 0.01, is_conserve_energy_throughput=False
            )
            days, told = cell.stressors["t_days"], {}
            outputs = ("q_t", "q_EFC") if key != "resistance" else ("r_LLI_t", "r_LLI_EFC")
            for year in YEARS:
                for output in outputs:
                    told[f"{output} {year}"] = round(
                        float(np.interp(365.0 * year, days, cell.outputs[output])), 7
                    )
            told["efc 1"] = round(float(np.interp(365.0, days, cell.stressors["efc"])), 4)
            found.setdefault(name, {})[key] = told
    out = {
        "source": "BLAST-Lite 1.1.1 (NREL), NumPy 1.26.4",
        "command": "see battery_ageing_blast.py",
        "figures": found,
    }
    file = Path(__file__).with_suffix(".json")
    file.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
