"""Meetings: therapists and clients talk, from single exchanges to courses of sessions."""

from therapyarc.dialogue.exchange import choice_letters, exchange, question
from therapyarc.dialogue.speaker import Ask, Reply, Speaker

__all__ = ["Ask", "Reply", "Speaker", "choice_letters", "exchange", "question"]
