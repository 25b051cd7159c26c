"""The words that cue codes rest on, for a reader who wants to see why."""

from collections.abc import Collection, Iterator
from typing import Literal

from therapyarc.coding.codebook import codebook
from therapyarc.domain.code import FoundCode
from therapyarc.text import content_stems, feeling_words, sentences, stem, words

__all__ = ["with_evidence"]

_LONGEST = 8_000
"""Characters of a turn that are searched, as many as the cue coder reads."""


def with_evidence(
    role: Literal["therapist", "client"], text: str, codes: Collection[str], heard: str = ""
) -> tuple[FoundCode, ...]:
    """Return the codes that the cue coder found in a turn, each with the words it rests on.

    Parameters
    ----------
    role
        Whose turn it is.
    text
        The turn.
    codes
        What was found in it.
    heard
        The other's turn before it, for uptake.

    Returns
    -------
    In the order of names. Evidence stands in the turn to the letter; it is empty where a code rests on no words of its own,
    as `acknowledge` does. A feeling that hurts and one said back rest on the feeling's words, a question on its sentence.

    Examples
    --------
    >>> [(one.code, one.evidence) for one in with_evidence("client", "I was ashamed, yes.", {"negative_feeling"})]
    [('negative_feeling', 'ashamed')]
    """
    plain = text[:_LONGEST].replace("’", "'")
    said = list(sentences(plain))
    found: dict[str, str] = {}
    for code in codebook(role).codes:
        if code.id in codes and code.cues:
            own = next((words for one in said if (words := code.words(one)) is not None), "")
            if own:
                found[code.id] = own
    for name, own in _without_cues(said, codes, heard):
        found.setdefault(name, own)
    return tuple(
        FoundCode(code=code, evidence=_to_the_letter(text, plain, found.get(code, "")))
        for code in sorted(codes)
    )


def _without_cues(said: list[str], codes: Collection[str], heard: str) -> Iterator[tuple[str, str]]:
    """Yield what a code without cues rests on."""
    if "open_question" in codes or "closed_question" in codes:
        asked = next((one for one in said if one.endswith("?")), "")
        for code in ("open_question", "closed_question"):
            if code in codes:
                yield code, asked
    felt = next((word.text for one in said for word in feeling_words(one)), "")
    for code in ("reflect_emotion", "negative_feeling"):
        if code in codes and felt:
            yield code, felt
    if "uptake" in codes:
        shared = content_stems(heard)
        yield "uptake", next((word for one in said for word in words(one) if stem(word) in shared), "")


def _to_the_letter(text: str, plain: str, words: str) -> str:
    """Return words as they stand in the turn, whose apostrophes and letter case were evened out."""
    start = plain.casefold().find(words.casefold()) if words else -1
    return text[start : start + len(words)] if start >= 0 and len(plain.casefold()) == len(plain) else ""
