"""Preview for an owner (试点预演): six fields, three packages, what they cost, bring and lack for a pilot."""
