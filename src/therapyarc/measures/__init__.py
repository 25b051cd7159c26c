"""Measures: from sessions and ratings to one tidy table. No measure knows arms, actors or conditions."""

from therapyarc.measures.contract import violations
from therapyarc.measures.conversation import Coder, Conversation, by_cues, conversation
from therapyarc.measures.definition import Measure
from therapyarc.measures.family import Family, measure_sessions
from therapyarc.measures.forms import from_reports
from therapyarc.measures.items import ITEM_MEASURES, ItemMeasure, measure_excerpts, measure_items
from therapyarc.measures.ratings import from_ratings
from therapyarc.measures.registry import RegistryError, every_measure, families
from therapyarc.measures.speech import SPEECH, speech
from therapyarc.measures.synchrony import SYNCHRONY, Null, nulls, style_of, synchrony
from therapyarc.measures.talk import TALK, talk

__all__ = [
    "ITEM_MEASURES",
    "SPEECH",
    "SYNCHRONY",
    "TALK",
    "Coder",
    "Conversation",
    "Family",
    "ItemMeasure",
    "Measure",
    "Null",
    "RegistryError",
    "by_cues",
    "conversation",
    "every_measure",
    "families",
    "from_ratings",
    "from_reports",
    "measure_excerpts",
    "measure_items",
    "measure_sessions",
    "nulls",
    "speech",
    "style_of",
    "synchrony",
    "talk",
    "violations",
]
