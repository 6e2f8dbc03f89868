"""What electrolysers, fuel cells and tanks share: heating values, cell voltage, the gas, a warm mass.

The cell follows the usual semi-empirical form (references 2 and 3): reversible voltage, activation and
ohmic loss, both with the temperature of the stack. Current densities in A/m2.

References
----------
.. [1] Lemmon, E. W., Huber, M. L., Leachman, J. W., 2008. Revised standardized equation for hydrogen gas
   densities for fuel consumption applications. J. Res. NIST 113(6), 341-350. doi 10.6028/jres.113.028
.. [2] Dale, N. V., Mann, M. D., Salehfar, H., 2008. Semiempirical model based on thermodynamic principles for
   determining 6 kW proton exchange membrane electrolyzer stack characteristics. J. Power Sources 185, 1348.
.. [3] Espinosa-Lopez, M. et al., 2018. Modelling and experimental validation of a 46 kW PEM high pressure
   water electrolyzer. Renewable Energy 119, 160-173.
.. [4] LeRoy, R. L., Bowen, C. T., LeRoy, D. J., 1980. The thermodynamics of aqueous water electrolysis.
   J. Electrochem. Soc. 127, 1954.
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled

FARADAY = 96485.33212
"""C/mol, CODATA 2018."""
GAS = 8.314462618
"""J/(mol K), CODATA 2018."""
MOLAR_MASS = 2.01588e-3
"""kg/mol of hydrogen [1]_."""
LOWER_J_MOL = 241826.0
HIGHER_J_MOL = 285830.0
"""Heating values of hydrogen at 25 degC (CODATA enthalpies of formation of steam and water)."""
LOWER_J_KG = LOWER_J_MOL / MOLAR_MASS
LOWER_V = LOWER_J_MOL / (2.0 * FARADAY)
HIGHER_V = HIGHER_J_MOL / (2.0 * FARADAY)
"""The same per charge: 1.253 V and 1.481 V (thermoneutral)."""
REFERENCE_K = 353.15
"""Temperature for which data files state exchange current densities and resistances: 80 degC."""
KELVIN = 273.15

_A = np.array([0.05888460, -0.06136111, -0.002650473, 0.002731125, 0.001802374,
               -0.001150707, 0.9588528e-4, -0.1109040e-6, 0.1264403e-9])  # fmt: skip
_B = np.array([1.325, 1.87, 2.5, 2.8, 2.938, 3.14, 3.37, 3.75, 4.0])
_C = np.array([1.0, 1.0, 2.0, 2.0, 2.42, 2.63, 3.0, 4.0, 5.0])


@compiled()
def compressibility(pressure_pa: float, temp_c: float) -> tuple[float, float]:
    """Z of hydrogen [-] and p dZ/dp [-] [1]_: within 0.01 % from 220 to 1000 K up to 70 MPa."""
    hundred = math.log(100.0 / (temp_c + KELVIN))
    mega = math.log(max(pressure_pa, 1.0) * 1e-6)
    z, slope = 1.0, 0.0
    for i in range(_A.shape[0]):
        term = _A[i] * math.exp(_B[i] * hundred + _C[i] * mega)
        z += term
        slope += _C[i] * term
    return z, slope


@compiled()
def density(pressure_pa: float, temp_c: float) -> float:
    """Density of hydrogen [kg/m3]."""
    z, _ = compressibility(pressure_pa, temp_c)
    return pressure_pa * MOLAR_MASS / (z * GAS * (temp_c + KELVIN))


@compiled()
def pressure(density_kg_m3: float, temp_c: float) -> float:
    """Pressure [Pa] at which hydrogen has a density (Newton on the equation of `density`)."""
    ideal = density_kg_m3 * GAS * (temp_c + KELVIN) / MOLAR_MASS
    found = ideal
    for _ in range(20):
        z, slope = compressibility(found, temp_c)
        step = (ideal * z - found) / (1.0 - ideal * slope / max(found, 1.0))
        found += step
        if abs(step) <= 1e-10 * found:
            break
    return found


@compiled()
def compression_work(low_pa: float, high_pa: float, temp_c: float, stages: float, isentropic: float) -> float:
    """Work of compressing hydrogen [J/kg]: equal stages, cooled back to `temp_c` between them.

    Each stage is that of an ideal gas of exponent 1.41 times the mean Z of its two ends, divided by the
    isentropic efficiency (as in the HDSAM tool of Argonne National Laboratory).
    """
    if high_pa <= low_pa:
        return 0.0
    exponent = 0.41 / 1.41 / stages
    z_low, _ = compressibility(low_pa, temp_c)
    z_high, _ = compressibility(high_pa, temp_c)
    ideal = 0.5 * (z_low + z_high) * GAS / MOLAR_MASS * (temp_c + KELVIN)
    return ideal * ((high_pa / low_pa) ** exponent - 1.0) / (exponent * isentropic)


@compiled()
def reversible_voltage(temp_c: float, hydrogen_bar: float, oxygen_bar: float) -> float:
    """Open voltage of water and its gases [V]: LeRoy's standard potential [4]_ and Nernst."""
    t = temp_c + KELVIN
    standard = 1.5184 - 1.5421e-3 * t + 9.523e-5 * t * math.log(t) + 9.84e-8 * t * t
    return standard + GAS * t / (2.0 * FARADAY) * math.log(hydrogen_bar * math.sqrt(oxygen_bar))


@compiled()
def losses(
    current: float,
    temp_c: float,
    transfer: float,
    exchange: float,
    exchange_energy: float,
    resistance: float,
    resistance_energy: float,
) -> tuple[float, float]:
    """Loss of a cell at a current density [V] and its slope [V m2/A].

    Parameters
    ----------
    current : float
        Current density [A/m2].
    temp_c : float
        Temperature of the stack [degC].
    transfer : float
        Charge transfer coefficient [-].
    exchange, exchange_energy : float
        Exchange current density at `REFERENCE_K` [A/m2] and its activation energy [J/mol].
    resistance, resistance_energy : float
        Area resistance at `REFERENCE_K` [Ohm m2] and the activation energy of the conductivity [J/mol].
    """
    t = temp_c + KELVIN
    cold = (1.0 / t - 1.0 / REFERENCE_K) / GAS
    slope = GAS * t / (transfer * FARADAY)
    twice = 2.0 * exchange * math.exp(-exchange_energy * cold)
    ohm = resistance * math.exp(resistance_energy * cold)
    return slope * math.asinh(current / twice) + ohm * current, slope / math.hypot(current, twice) + ohm


@compiled()
def warm_mass(
    temp: float, heat: float, around: float, loss: float, capacity: float, limit: float, dt: float
) -> tuple[float, float, float]:
    """A mass that is heated, loses heat and is cooled so that it does not pass a limit; exact over the step.

    Parameters
    ----------
    temp, around, limit : float
        Temperature at the start, of the surroundings, and that cooling holds [degC].
    heat : float
        Heat into the mass, constant over the step [W].
    loss, capacity : float
        [W/K], [J/K].
    dt : float
        Length of the step [s].

    Returns
    -------
    end, mean : float
        Temperature at the end of the step and its mean [degC].
    removed : float
        Mean heat that cooling takes [W].
    """
    tau = capacity / loss
    settled = around + heat / loss
    free = settled + (temp - settled) * math.exp(-dt / tau)
    if free <= limit:
        return free, around + (heat - capacity * (free - temp) / dt) / loss, 0.0
    first = 0.0
    if temp < limit:
        first = tau * math.log((settled - temp) / (settled - limit))
    shed = max(temp - limit, 0.0) * capacity / dt
    removed = shed + (heat - loss * (limit - around)) * (dt - first) / dt
    mean = around + (heat - removed - capacity * (limit - temp) / dt) / loss
    return limit, mean, removed
