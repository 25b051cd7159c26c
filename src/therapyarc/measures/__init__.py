"""Measures: from sessions and ratings to one tidy table. No measure knows arms, actors or conditions."""

from therapyarc.measures.forms import from_reports
from therapyarc.measures.registry import MEASURES, Measure, from_ratings, measure
from therapyarc.measures.speech import SPEECH, measure_speech, speech
from therapyarc.measures.synchrony import SYNCHRONY, Null, nulls, style_of, synchrony
from therapyarc.measures.talk import TALK, talk_figures

__all__ = [
    "MEASURES",
    "SPEECH",
    "SYNCHRONY",
    "TALK",
    "Measure",
    "Null",
    "from_ratings",
    "from_reports",
    "measure",
    "measure_speech",
    "nulls",
    "speech",
    "style_of",
    "synchrony",
    "talk_figures",
]
