"""Every line of SQL: the file, its tables, what is put into them and what is asked of them."""

from tracker.store.reading import Kept, Reader, Seen
from tracker.store.witness import Receipt, receipt_of, snapshot_at, was_pruned
from tracker.store.writing import Store

__all__ = ["Kept", "Reader", "Receipt", "Seen", "Store", "receipt_of", "snapshot_at", "was_pruned"]
