"""Words and sentences of a text."""

import re
import unicodedata

__all__ = ["clauses", "content_stems", "is_content", "sentences", "stem", "words"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ASCII = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")
"""The same for plain text in lower case, at half the cost."""
_SENTENCE = re.compile(r"[^.!?…]+[.!?…]*", re.DOTALL)
_CLAUSE = re.compile(r"[,;:.!?…—–]+|\s-\s|\b(?:and then|but|so|because then)\b", re.IGNORECASE)

_CLOSED_CLASSES = """
a an the this that these those i me my mine myself you your yours yourself he him his himself she her hers
herself it its itself we us our ours they them their theirs who whom whose which what there here and or but
nor so yet if then than as because while when where why how of at by for with about against between into
through during before after to from up down in out on off over under again not no yes only own same too very
just also even still is am are was were be been being have has had having do does did doing done will would
shall should can could may might must ought don't didn't doesn't isn't aren't wasn't weren't won't wouldn't
can't couldn't shouldn't haven't hasn't hadn't i'm i've i'd i'll you're you've you'd you'll he's she's it's
that's there's what's we're they're let's really well like know mean think say said says go going went get got
one two thing things something anything everything nothing way lot bit kind sort much many some any all each
every more most other another now back yeah oh um uh actually maybe
"""

_FUNCTION_WORDS = frozenset(_CLOSED_CLASSES.split())


def words(text: str) -> list[str]:
    """Return the words in lower case: letters and digits, apostrophes made plain; none reaches over white space."""
    if text.isascii():  # then folding is lowering
        return _ASCII.findall(text.lower())
    folded = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    return _WORD.findall(folded)


def sentences(text: str) -> list[str]:
    """Return the sentences with their closing marks, outer white space taken off."""
    return [part for found in _SENTENCE.findall(text) if (part := found.strip())]


def clauses(text: str) -> list[str]:
    """Return what stands between commas, full stops, dashes and joining words."""
    return [part for found in _CLAUSE.split(text) if (part := found.strip(" \"'“”()"))]


def stem(word: str) -> str:
    """Return a word without its commonest English endings: light, and wrong on some words in the same way each time."""
    for ending in (
        "fulness",
        "ations",
        "ation",
        "ingly",
        "ness",
        "ings",
        "edly",
        "ing",
        "ied",
        "ies",
        "ed",
        "es",
        "ly",
        "s",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: -len(ending)]
            return base + "y" if ending in {"ied", "ies"} else base
    return word


def content_stems(text: str) -> set[str]:
    """Return the stems of the words that carry content (closed classes and fillers left out)."""
    return {stem(word) for word in words(text) if word not in _FUNCTION_WORDS and len(word) > 2}


def is_content(word: str) -> bool:
    """Say whether a lower-case word carries content (is of no closed class and no filler)."""
    return word not in _FUNCTION_WORDS
