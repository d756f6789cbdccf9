"""Several plots on one sheet: places above ranks, and small plots on shared axes."""
