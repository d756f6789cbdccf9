"""Storefronts by day: the ranks of one app, or who of two was ahead."""
