"""Options: which one a reply chooses, read by a parser that never guesses."""

import json
import re
import unicodedata
from string import ascii_uppercase

from therapyarc.domain import Item, Missing

__all__ = ["read_choice"]

_FRAME = re.compile(
    r"""^\W*(?:(?:the\s+)?(?:best\s+|correct\s+|right\s+|final\s+|my\s+)*(?:answer|option|choice)s?\s*(?:is|are|:)?\s*)?
        (?:option\s+)?[\W_]*(?P<letters>[A-Z](?:\s*(?:,|;|/|&|\band\b)\s*[A-Z])*)[\W_]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_LEADING = re.compile(r"^\W*(?P<letter>[A-Z])\s*[.):]\s*(?P<rest>\S.*)$", re.DOTALL)


def read_choice(reply: str, item: Item, options: tuple[str, ...]) -> tuple[str, ...] | Missing:
    """Read which options a reply chooses.

    The reply counts as read only if it is one of: the letter alone ("C", "(c)", "**C.**"); the letter in a sentence
    that says it is the answer ("The answer is C."); a letter followed by that option's own text; an option's text
    alone; a JSON object whose `answer` is one of these. Several letters are read where they stand as a list ("A, C").
    Anything else, such as a letter of no option, two answers, or a letter beside another option's text, is
    unreadable: nothing is guessed from an argument.

    Parameters
    ----------
    reply
        What the respondent wrote.
    item
        The item.
    options
        Option ids in the order shown; the first is A.

    Returns
    -------
    The chosen option ids in the order shown, or why there are none.
    """
    text = unicodedata.normalize("NFKC", reply).strip()
    if not text:
        return Missing.EMPTY
    text = _unwrapped(text)
    by_letter = dict(zip(ascii_uppercase, options, strict=False))
    by_text = {_folded(option.text): option.id for option in item.options}
    if _folded(text) in by_text:
        return (by_text[_folded(text)],)
    if framed := _FRAME.match(text):
        letters = re.findall(r"[A-Z]", re.sub(r"(?i)\band\b", ",", framed["letters"]).upper())
        if len(set(letters)) == len(letters) and all(letter in by_letter for letter in letters):
            return tuple(option for option in options if option in {by_letter[letter] for letter in letters})
        return Missing.UNREADABLE
    if (leading := _LEADING.match(text)) and leading["letter"] in by_letter:
        option = by_letter[leading["letter"]]
        if by_text.get(_folded(leading["rest"])) == option:
            return (option,)
    return Missing.UNREADABLE


def _unwrapped(text: str) -> str:
    """Return the `answer` of a JSON object, or the text itself."""
    if not text.startswith("{"):
        return text
    try:
        data = json.loads(text)
    except ValueError:
        return text
    answer = data.get("answer") if isinstance(data, dict) else None
    if isinstance(answer, list) and all(isinstance(part, str) for part in answer):
        return ", ".join(answer)
    return answer if isinstance(answer, str) else text


def _folded(text: str) -> str:
    return " ".join(text.split()).strip(" .*_\"'“”").casefold()
