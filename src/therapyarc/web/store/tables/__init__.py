"""The schema. Each module holds the tables of one concern; a migration goes with every change (see `migrations`)."""

from therapyarc.web.store.tables.answers import Administration, RequestKey, Response, ResponseRevision
from therapyarc.web.store.tables.audit import EventLog
from therapyarc.web.store.tables.base import Base
from therapyarc.web.store.tables.courses import (
    ClientCall,
    Conversation,
    ConversationSession,
    ConversationTurn,
)
from therapyarc.web.store.tables.people import (
    Consent,
    Identity,
    Invitation,
    Login,
    Participant,
    ProtocolVersion,
    Respondent,
    Study,
    SyntheticPerson,
)
from therapyarc.web.store.tables.practice import Formulation, Practice, Trainee
from therapyarc.web.store.tables.ratings import (
    Feedback,
    Lease,
    RaterPlace,
    Rating,
    RatingRevision,
    RatingTask,
    SourceGuess,
)

__all__ = [
    "Administration",
    "Base",
    "ClientCall",
    "Consent",
    "Conversation",
    "ConversationSession",
    "ConversationTurn",
    "EventLog",
    "Feedback",
    "Formulation",
    "Identity",
    "Invitation",
    "Lease",
    "Login",
    "Participant",
    "Practice",
    "ProtocolVersion",
    "RaterPlace",
    "Rating",
    "RatingRevision",
    "RatingTask",
    "RequestKey",
    "Respondent",
    "Response",
    "ResponseRevision",
    "SourceGuess",
    "Study",
    "SyntheticPerson",
    "Trainee",
]
