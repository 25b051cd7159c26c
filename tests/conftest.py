"""A property test is judged by what it finds, not by how long one example took on a busy machine."""

from hypothesis import settings

settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")
