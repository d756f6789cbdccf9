"""The overtaking curve: where everything stands, its rows, its marks."""
