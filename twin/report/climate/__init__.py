"""A climate year drawn: carpet, months, wind, moist air, sun, degree days, planes; and what it rests on."""
