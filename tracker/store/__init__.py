"""Every line of SQL: the file, its tables, and what is written to and read from them."""

from tracker.store.reading import Reader, Seen, Validators
from tracker.store.writing import Store

__all__ = [
    "Reader",
    "Seen",
    "Store",
    "Validators",
]
