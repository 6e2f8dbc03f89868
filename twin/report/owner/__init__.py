"""Figures of an owner's page: months, the hardest day, money over the years, against the benchmark."""
