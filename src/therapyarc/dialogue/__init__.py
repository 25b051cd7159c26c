"""Meetings: therapists and clients talk, from single exchanges to courses of sessions."""

from therapyarc.dialogue.exchange import ask_of, choice_letters, exchange, question, session_of
from therapyarc.dialogue.speaker import Ask, Reply, Speaker

__all__ = ["Ask", "Reply", "Speaker", "ask_of", "choice_letters", "exchange", "question", "session_of"]
