"""The database as Parquet files that DuckDB, pandas, polars and Spark read without this program."""
