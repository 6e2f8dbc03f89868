"""Faults found (故障发现): days on which a building leaves what its live twin settled to, and their cost."""
