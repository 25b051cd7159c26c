"""Measures: from sessions and ratings to one tidy table. No measure knows arms, actors or conditions."""

from therapyarc.measures.forms import from_reports
from therapyarc.measures.registry import MEASURES, Measure, from_ratings, measure
from therapyarc.measures.speech import SPEECH, measure_speech

__all__ = ["MEASURES", "SPEECH", "Measure", "from_ratings", "from_reports", "measure", "measure_speech"]
