"""Measures: from sessions and ratings to one tidy table. No measure knows arms, actors or conditions."""

from therapyarc.domain.measure import Measure
from therapyarc.measures.checks import CHECK_MEASURES, from_checks
from therapyarc.measures.contract import violations
from therapyarc.measures.conversation import Coder, Conversation, by_cues, coded_by, conversation
from therapyarc.measures.family import Family, measure_sessions
from therapyarc.measures.forms import from_reports
from therapyarc.measures.inference import inference_codes
from therapyarc.measures.items import ITEM_MEASURES, ItemMeasure, measure_excerpts, measure_items
from therapyarc.measures.profile import REFERENCES, Reference, reference
from therapyarc.measures.rated import rated_measures
from therapyarc.measures.ratings import from_ratings
from therapyarc.measures.registry import RegistryError, every_measure, families
from therapyarc.measures.speech import SPEECH, speech
from therapyarc.measures.synchrony import (
    NCLID,
    SEMANTIC_SYNCHRONY,
    SYNCHRONY,
    Null,
    Standing,
    beside_chance_rows,
    by_thirds,
    by_windows,
    nclid,
    nulls,
    semantic,
    standing,
    style_of,
    synchrony,
)
from therapyarc.measures.talk import TALK, talk

__all__ = [
    "CHECK_MEASURES",
    "ITEM_MEASURES",
    "NCLID",
    "REFERENCES",
    "SEMANTIC_SYNCHRONY",
    "SPEECH",
    "SYNCHRONY",
    "TALK",
    "Coder",
    "Conversation",
    "Family",
    "ItemMeasure",
    "Measure",
    "Null",
    "Reference",
    "RegistryError",
    "Standing",
    "beside_chance_rows",
    "by_cues",
    "by_thirds",
    "by_windows",
    "coded_by",
    "conversation",
    "every_measure",
    "families",
    "from_checks",
    "from_ratings",
    "from_reports",
    "inference_codes",
    "measure_excerpts",
    "measure_items",
    "measure_sessions",
    "nclid",
    "nulls",
    "rated_measures",
    "reference",
    "semantic",
    "speech",
    "standing",
    "style_of",
    "synchrony",
    "talk",
    "violations",
]
