"""A study with everything that its file refers to: instruments, rubrics, materials, transcripts."""

from dataclasses import field

from therapyarc.domain.client import ClientCase
from therapyarc.domain.instrument import Instrument
from therapyarc.domain.record import record
from therapyarc.domain.study import Administration, Study

__all__ = ["Archive", "Design"]


@record
class Archive:
    """The people of one archived transcript."""

    transcript: str
    """Id of the transcript."""
    labels: dict[str, str] = field(default_factory=dict)
    """What is known of it, such as `quality: high`."""


@record
class Design:
    """All that allocation and conduct need, resolved."""

    study: Study
    """The study as its file says it."""
    instruments: tuple[Instrument, ...]
    """One for each administration, in that order, cut down to its cases and items and with a corpus's cases in it."""
    rubrics: tuple[Instrument, ...] = ()
    """The rubrics by which open answers are rated."""
    materials: dict[str, str] = field(default_factory=dict)
    """Training material by condition id, as it is given."""
    archives: dict[str, tuple[Archive, ...]] = field(default_factory=dict)
    """Transcripts by corpus id."""
    cases: dict[str, ClientCase] = field(default_factory=dict)
    """Clients of the courses by the name that the study gives them."""
    practice_cases: dict[str, ClientCase] = field(default_factory=dict)
    """Clients that trainees alone meet, by the name that the study gives them; they are no part of the comparison."""
    probes: Instrument | None = None
    """The probes that clients put inside courses; none for none."""
    forms: tuple[Instrument, ...] = ()
    """Self-reports of the clients."""
    digest: str
    """SHA-256 of all that decides which sessions there are and what is said to whom."""

    def client(self, name: str) -> ClientCase:
        """Return a client of the courses or of practice by the name that the study gives it.

        Raises
        ------
        KeyError
            If the study has no such client.
        """
        return self.cases[name] if name in self.cases else self.practice_cases[name]

    def administrations(self) -> tuple[tuple[Administration, Instrument], ...]:
        """Return each administration with its resolved instrument."""
        return tuple(zip(self.study.administrations, self.instruments, strict=True))

    def instrument(self, instrument_id: str) -> Instrument:
        """Return the resolved instrument with this id.

        Raises
        ------
        KeyError
            If the study administers no such instrument.
        """
        for instrument in self.instruments:
            if instrument.id == instrument_id:
                return instrument
        raise KeyError(f"study {self.study.id} administers no instrument {instrument_id!r}")
