"""Danger in a practice session: the alarms of the screen and the crisis measures, as a model's session has them."""

from therapyarc.domain import Missing, Session
from therapyarc.domain.client import ClientCase
from therapyarc.measures.conversation import conversation
from therapyarc.measures.crisis import crisis

__all__ = ["danger"]


def danger(session: Session, case: ClientCase) -> dict[str, object]:
    """Return the places of alarms, each crisis measure, and for a missing one its reason, as plain data.

    It is kept with the feedback and not shown in it: sham feedback would have to draw figures of it, and nobody shall be
    told by lot that danger was met well.
    """
    found = crisis(conversation(session.turns, case=case))
    return {
        "alarms": list(session.alarms),
        "measures": {
            name: None if isinstance(value, Missing) else float(value) for name, value in found.items()
        },
        "missing": {name: value.value for name, value in found.items() if isinstance(value, Missing)},
    }
