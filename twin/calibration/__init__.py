"""Calibration (模型校准): a project learns from the meters of its building, and says how surely."""
