"""What a reader must know of a measure before its values mean anything."""

from therapyarc.domain.measure import Invariance, Measure, Perspective

__all__ = ["Invariance", "Measure", "Perspective"]
