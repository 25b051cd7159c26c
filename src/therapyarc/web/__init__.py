"""People in the browser: therapists, masked raters, trainees and researchers, with the same design and records as models."""

from therapyarc.web.app import create_app
from therapyarc.web.settings import Settings
from therapyarc.web.store import Store

__all__ = ["Settings", "Store", "create_app"]
