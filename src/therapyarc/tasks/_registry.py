"""What Inspect finds of TherapyArc through its entry point: the embedded provider and the tasks."""

from therapyarc.tasks.embedded.provider import embedded
from therapyarc.tasks.safety import appropriateness, stigma
from therapyarc.tasks.single import knowledge, vignettes

__all__ = ["appropriateness", "embedded", "knowledge", "stigma", "vignettes"]
