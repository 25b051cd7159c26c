"""Who a speaker's name stands for."""

import re
from collections.abc import Mapping
from typing import Literal

__all__ = ["SPEAKERS", "Speakers", "Spoken"]

Spoken = Literal["client", "therapist", "other"]
"""What a speaker is: one of the two that are measured, or someone whose words are left out without a note."""

SPEAKERS: Mapping[Spoken, frozenset[str]] = {
    "therapist": frozenset({
        "t", "th", "ther", "therapist", "psychotherapist", "psychologist", "psychiatrist", "counsellor", "counselor",
        "clinician", "practitioner", "interviewer", "doctor", "coach", "supporter", "listener", "assistant", "ai", "model",
        "sys", "therapeut", "therapeutin", "psychologe", "psychologin", "thérapeute", "psychologue", "terapeuta",
        "psicólogo", "psicóloga", "terapeut", "behandelaar",
    }),
    "client": frozenset({
        "c", "cl", "client", "p", "pt", "pat", "patient", "interviewee", "seeker", "helpseeker", "help-seeker", "user",
        "usr", "human", "klient", "klientin", "patientin", "patiente", "cliente", "paciente", "paziente", "cliënt",
    }),
    "other": frozenset({"system", "developer", "tool", "function", "narrator"}),
}  # fmt: skip
"""Names that need not be told, in small letters; a number after them does not matter."""

_KNOWN: dict[str, Spoken] = {name: role for role, names in SPEAKERS.items() for name in names}
_NUMBER = re.compile(r"[\s_#.-]*\d+$")


class Speakers:
    """The usual names of speakers and those that a person told."""

    def __init__(self, told: Mapping[str, Spoken] | None = None) -> None:
        self._told = {name.casefold().strip(): role for name, role in (told or {}).items()}

    def role(self, name: str) -> Spoken | None:
        """Return what a speaker is; none where the name says nothing."""
        plain = name.casefold().strip()
        if plain in self._told:
            return self._told[plain]
        return _KNOWN.get(plain) or _KNOWN.get(_NUMBER.sub("", plain))

    def named(self) -> list[str]:
        """Return the names that were told, without the usual ones; they may be people's."""
        return sorted(name for name in self._told if _NUMBER.sub("", name) not in _KNOWN)
