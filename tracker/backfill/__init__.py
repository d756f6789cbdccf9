"""Charts from a web archive: what its index lists, the result of each copy, all of it resumable."""
