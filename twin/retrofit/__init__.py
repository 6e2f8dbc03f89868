"""What to do to a building: packages of measures on the fast engine, and what they bring (改造方案)."""
