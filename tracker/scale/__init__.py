"""Questions to a folder of Parquet files, answered by DuckDB or by a Spark cluster.

One SQL text a question, in ``sql``, for every engine. ``overtakes`` is computed by the engine; for
the other questions it finds the few rows that matter, which become a private database that the
rest of the program is asked as ever.
"""
