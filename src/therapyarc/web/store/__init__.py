"""The people's database."""

from therapyarc.web.store.database import (
    READERS,
    Inside,
    Snapshot,
    Store,
    StoreError,
    StoreUnavailableError,
    memory_of,
    sqlite_url,
    transaction_memory,
)
from therapyarc.web.store.migrate import MigrationError
from therapyarc.web.store.prepared import Prepared

__all__ = [
    "READERS",
    "Inside",
    "MigrationError",
    "Prepared",
    "Snapshot",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "memory_of",
    "sqlite_url",
    "transaction_memory",
]
