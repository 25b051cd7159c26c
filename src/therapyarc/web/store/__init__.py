"""The people's database."""

from therapyarc.web.store.database import (
    READERS,
    Store,
    StoreError,
    StoreUnavailableError,
    in_savepoint,
    sqlite_url,
)
from therapyarc.web.store.migrate import MigrationError

__all__ = [
    "READERS",
    "MigrationError",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "in_savepoint",
    "sqlite_url",
]
