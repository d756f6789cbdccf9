"""What the program costs, as ratios to a bare way of doing the same, run side by side."""
