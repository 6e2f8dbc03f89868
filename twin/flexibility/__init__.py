"""Flexibility as a product (柔性度): how many kilowatts up and down, for how long, by source, at any hour."""
