"""What becomes of ratings, and of what others rate, when somebody leaves the study."""

from sqlalchemy import Connection, delete, or_, select, update

from therapyarc.web.store.tables import (
    Administration,
    Conversation,
    ConversationSession,
    Feedback,
    Lease,
    Rating,
    RatingRevision,
    RatingTask,
    SourceGuess,
)

__all__ = ["WITHDRAWN", "close_tasks_about", "forget_ratings", "give_up_leases"]

WITHDRAWN = '{"form": "withdrawn"}'
"""What is shown of words that were taken back."""


def give_up_leases(connection: Connection, participant: str) -> None:
    """Free what a rater holds and has not rated, so that others are given it."""
    connection.execute(delete(Lease).where(Lease.participant == participant, Lease.done_at.is_(None)))


def forget_ratings(connection: Connection, participant: str) -> None:
    """Delete a rater's ratings, guesses and feedback; what was rated is then given to others."""
    own = select(Rating.id).where(Rating.participant == participant)
    connection.execute(delete(RatingRevision).where(RatingRevision.rating.in_(own)))
    for table in (Rating, SourceGuess, Feedback, Lease):
        connection.execute(delete(table).where(table.participant == participant))


def close_tasks_about(connection: Connection, participant: str) -> None:
    """Take a therapist's words out of the tasks of raters, and give these tasks to nobody any more."""
    items = select(Administration.id).where(Administration.participant == participant)
    sessions = (
        select(ConversationSession.id)
        .join(Conversation, Conversation.id == ConversationSession.conversation)
        .where(Conversation.participant == participant)
    )
    about = or_(RatingTask.session.in_(items), RatingTask.session.in_(sessions))
    connection.execute(update(RatingTask).where(about).values(closed=True, shown=WITHDRAWN))
    tasks = select(RatingTask.id).where(about)
    ratings = select(Rating.id).where(Rating.task.in_(tasks))
    connection.execute(update(RatingRevision).where(RatingRevision.rating.in_(ratings)).values(evidence="[]"))
    connection.execute(update(Rating).where(Rating.task.in_(tasks)).values(evidence="[]"))
    connection.execute(delete(Lease).where(Lease.task.in_(tasks), Lease.done_at.is_(None)))
