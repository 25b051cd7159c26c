"""The people's database."""

from therapyarc.web.store.database import Store, StoreError, StoreUnavailableError, sqlite_url
from therapyarc.web.store.migrate import MigrationError

__all__ = ["MigrationError", "Store", "StoreError", "StoreUnavailableError", "sqlite_url"]
