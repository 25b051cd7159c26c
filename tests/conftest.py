"""What holds for every test.

A property test is judged by what it finds, not by how long one example took on a busy machine. Codes are neither kept in
the cache of whoever runs the tests nor taken from there.
"""

import os

from hypothesis import settings

os.environ["THERAPYARC_CODE_CACHE"] = "off"

settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")
