"""Every line of SQL: the file, its tables, what is put into them and what is asked of them."""

from tracker.store.payloads import StoredPayload, snapshot_at, stored_payload_of, was_pruned
from tracker.store.reading import Kept, Reader, Seen
from tracker.store.writing import Store

__all__ = [
    "Kept",
    "Reader",
    "Seen",
    "Store",
    "StoredPayload",
    "snapshot_at",
    "stored_payload_of",
    "was_pruned",
]
