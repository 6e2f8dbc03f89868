"""What buildings of a district are and share: inventory, electric feeder, shared assets, heat networks."""
