"""Questions to a database: the store's rows in, facts of the analysis out."""
