"""What Inspect finds of TherapyArc through its entry point: the embedded provider and the tasks."""

from therapyarc.tasks.embedded.provider import embedded

__all__ = ["embedded"]
