"""Charts from a web archive: what its index lists, what came of each copy, all of it resumable."""
