"""Forecast (预测): what a building will draw, make and feel over the coming days, and how sure that is."""
