"""The building as seen: its faces in space, its constructions to scale, its schedules over the year."""
