"""What is said of facts: sentences, their caveats, and how times are written. No printing."""
