"""A fast twin of any EnergyPlus model, with its error against the model itself (模型提炼)."""
