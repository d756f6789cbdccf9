"""Every line of SQL: the file, its tables, and what is written to and read from them."""

from tracker.store.payloads import StoredPayload, snapshot_at, stored_payload_of, was_pruned
from tracker.store.reading import Reader, Seen, Validators
from tracker.store.writing import Store

__all__ = [
    "Reader",
    "Seen",
    "Store",
    "StoredPayload",
    "Validators",
    "snapshot_at",
    "stored_payload_of",
    "was_pruned",
]
