"""How the twin talks with others' systems: one package for each protocol. Importing this costs nothing."""
