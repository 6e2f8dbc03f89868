"""Both engines on one description: how far the fast engine stands from EnergyPlus (交叉校核)."""
