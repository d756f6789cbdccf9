"""Times in a zone, and the ticks of an axis of them."""
