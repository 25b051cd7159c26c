"""Families: measures of a conversation that are computed together."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from therapyarc.coding.offline_coders import weights_digest
from therapyarc.domain import ActsCoder, Measurement, Missing, Session, Turn, record
from therapyarc.domain.client import ClientCase
from therapyarc.domain.measure import Measure
from therapyarc.measures.conversation import Conversation, conversation

__all__ = ["Family", "measure_sessions"]


@record
class Family:
    """Measures that one computation gives."""

    id: str
    """Name in lists."""
    measures: tuple[Measure, ...]
    """What it gives, in order."""
    compute: Callable[[Conversation], Mapping[str, float | Missing]]
    """A conversation to a value, or the reason why there is none, for the name of each measure."""
    coded: bool = True
    """Whether a value depends on the turns' codes, so that those of two coders cannot be compared."""

    def version(self, one: Measure, coder: ActsCoder) -> str:
        """Return the version of a measure's values: its own, and behind it the learned coder, where that matters."""
        if coder == "cues" or not self.coded:
            return one.version
        return f"{one.version} {coder} {weights_digest(coder)}"

    def rows(self, session: str, heard: Conversation) -> Iterator[Measurement]:
        """Yield one measurement for each measure.

        Raises
        ------
        KeyError
            If `compute` leaves a measure out.
        """
        found = self.compute(heard)
        for one in self.measures:
            value = found[one.name]
            missing = value if isinstance(value, Missing) else None
            yield Measurement(
                session=session,
                measure=one.name,
                version=self.version(one, heard.coder),
                value=None if isinstance(value, Missing) else value,
                missing=missing,
            )


def measure_sessions(
    sessions: Iterable[Session],
    families: Iterable[Family],
    *,
    cases: Mapping[str, ClientCase] | None = None,
    coder: ActsCoder = "cues",
) -> Iterator[Measurement]:
    """Take every family's measures of every session of a course; single-turn items are passed over.

    Sessions of a course must come in their order, so that a later one can be held against the earlier.
    """
    every, before = tuple(families), dict[str, list[tuple[Turn, ...]]]()
    for session in sessions:
        if session.course is None:
            continue
        earlier = before.setdefault(session.course, [])
        case = (cases or {}).get(session.case or "")
        heard = conversation(session.turns, coder=coder, case=case, earlier=earlier)
        earlier.append(session.turns)
        for family in every:
            yield from family.rows(session.id, heard)
