"""Meters in (计量数据): all that is measured comes through this door, which says what it changed."""
