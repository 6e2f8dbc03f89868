"""Retrofit measures (改造措施): what can be done to a building, what it costs and weighs."""
