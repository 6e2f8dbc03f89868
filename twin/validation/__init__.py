"""Validation of the engine against published reference cases."""
