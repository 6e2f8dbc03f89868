"""What buildings of a district are and share: their inventory, the electric feeder and its products."""
