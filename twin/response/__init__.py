"""A fleet under a call (响应): looked at without it, bid, marched with it under drawn behaviour, settled."""
