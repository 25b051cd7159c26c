"""The people's database."""

from therapyarc.web.store.database import (
    READERS,
    Inside,
    Store,
    StoreError,
    StoreUnavailableError,
    sqlite_url,
)
from therapyarc.web.store.migrate import MigrationError

__all__ = [
    "READERS",
    "Inside",
    "MigrationError",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "sqlite_url",
]
