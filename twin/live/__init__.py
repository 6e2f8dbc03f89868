"""A twin that stays with its building (在线孪生): states and slow parameters followed from readings."""
