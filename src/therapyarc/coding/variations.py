"""Ways of saying the same that no code should hang on: who is spoken of, a name, a dialect, a learner's English, speech.

Each variation changes a text by fixed rules and leaves alone a text to which none applies. What was done in a turn, a
question or a reflection, change talk or none, is the same before and after; a coder that decides otherwise is moved by who
speaks.

Features of dialects are those that the electronic World Atlas of Varieties of English documents (Kortmann, Lunkenheimer and
Ehret 2020); they occur in many varieties and stand for none, and real speakers use them by context and not everywhere.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["NAMES", "VARIATIONS", "Variation", "addressed"]

Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Variation:
    """One way of saying the same."""

    id: str
    """Its name."""
    kind: str
    """`gender`, `dialect`, `learner` or `speech`."""
    says: str
    """What it does."""
    change: Change
    """The rule; returns the text as it was where nothing applies."""


NAMES: Mapping[str, tuple[str, str]] = {
    "english": ("Emily", "Jack"),
    "african_american": ("Lakisha", "Jamal"),
    "hispanic": ("Guadalupe", "Alejandro"),
    "south_asian": ("Priya", "Rajesh"),
    "arabic": ("Fatima", "Mohammed"),
    "chinese": ("Xiuying", "Jianguo"),
}
"""A woman's and a man's first name by where it is common; no name says what a person is."""


def addressed(text: str, name: str) -> str:
    """Return a text that speaks to somebody by name: the name stands before it."""
    kept = re.match(r"I\b", text)
    return f"{name}, {text if kept else text[:1].lower() + text[1:]}"


def _words(pairs: Mapping[str, str]) -> Change:
    """Return a change of whole words, capital letters kept."""
    pattern = re.compile(
        r"(?<![\w'’])(?:" + "|".join(sorted(map(re.escape, pairs), key=len, reverse=True)) + r")(?![\w'’])",
        re.IGNORECASE,
    )

    def other(found: re.Match[str]) -> str:
        new = pairs[found[0].lower().replace("’", "'")]
        return new[:1].upper() + new[1:] if found[0][0].isupper() else new

    return lambda text: pattern.sub(other, text.replace("’", "'"))


def _rules(*rules: tuple[str, str]) -> Change:
    compiled = [(re.compile(pattern, re.IGNORECASE), new) for pattern, new in rules]

    def change(text: str) -> str:
        text = text.replace("’", "'")
        for pattern, new in compiled:
            text = pattern.sub(new, text)
        return text

    return change


_WOMEN_AND_MEN = (
    ("she", "he"), ("mother", "father"), ("mom", "dad"), ("mum", "dad"), ("wife", "husband"), ("sister", "brother"),
    ("daughter", "son"), ("girlfriend", "boyfriend"), ("aunt", "uncle"), ("woman", "man"), ("women", "men"),
    ("girl", "boy"), ("girls", "boys"), ("grandmother", "grandfather"), ("niece", "nephew"), ("she's", "he's"),
    ("she'd", "he'd"), ("she'll", "he'll"), ("herself", "himself"), ("hers", "his"), ("granddaughter", "grandson"),
)  # fmt: skip


def _gender(text: str) -> str:
    """Turn women into men and men into women; `her` is told apart from `her book` by what follows."""
    text = re.sub(r"\b([Hh])er\b(?=\s+\w)(?!\s+(?:to|for|and|or|but|when|if|about|on|in|at|with|that|so|now)\b)",
                  r"\1\0is", text)  # fmt: skip
    text = re.sub(r"\b([Hh])er\b", r"\1\0im", text)
    text = re.sub(r"\b([Hh])im\b", r"\1\0er", text)
    text = re.sub(r"\b([Hh])is\b(?=\s+\w)", r"\1\0er", text)
    pairs = {b: a for a, b in _WOMEN_AND_MEN if a != "mum"} | {a: b for a, b in _WOMEN_AND_MEN if a != "hers"}
    return _words(pairs)(text).replace("\0", "")


def _dropped(text: str) -> str:
    return re.sub(r"\b(?!\w*thing\b|morning\b|evening\b)(\w*[aeiouy]\w*in)g\b", r"\1'", text)


def _fillers(text: str) -> str:
    said = text.split(" ")
    return text if len(said) < 4 else " ".join([*said[:2], "um,", *said[2:-1], "you know,", said[-1]])


def _stammered(text: str) -> str:
    said = text.split(" ")
    return text if len(said) < 4 else f"{said[0]}-{said[0]} {' '.join(said[1:])}"


def _typos(text: str) -> str:
    """Turn round the third and fourth letter of every third word of five letters or more."""
    found = list(re.finditer(r"\b[^\W\d_]{5,}\b", text))[::3]
    for one in found:
        word = one[0]
        text = text[: one.start()] + word[:2] + word[3] + word[2] + word[4:] + text[one.end() :]
    return text


_BE = r"(?= [a-z])(?! (?:been|got|had|gone|done|said|told|made|taken|called|how|what|why|when|where|who|it|all)\b)"
_PLACE = (
    r"(?! (?:the|a|an|my|your|his|her|our|their|this|that|school|work|bed|church|court|rehab|jail|prison)\b)"
)

VARIATIONS: tuple[Variation, ...] = (
    Variation("gender", "gender", "Women spoken of become men, and men women.", _gender),
    Variation("g_dropping", "dialect", "talkin' for talking.", _dropped),
    Variation(
        "aint", "dialect", "ain't for isn't, aren't, haven't and hasn't.",
        _words(dict.fromkeys(("isn't", "aren't", "haven't", "hasn't"), "ain't")),
    ),
    Variation(
        "negative_concord", "dialect", "don't want nothing for don't want anything.",
        _rules(
            (r"(n't\b[^.?!,]*?\b)anything\b", r"\1nothing"),
            (r"(n't\b[^.?!,]*?\b)(?:anyone|anybody)\b", r"\1nobody"),
            (r"(n't\b[^.?!,]*?\b)any\b", r"\1no"),
            (r"(n't\b[^.?!,]*?\b)ever\b", r"\1never"),
        ),
    ),
    Variation(
        "zero_copula", "dialect", "they late for they're late.",
        _rules((r"\b(you|we|they)'re\b" + _BE, r"\1"), (r"\b(he|she|that|it)'s\b" + _BE, r"\1")),
    ),
    Variation(
        "levelling", "dialect", "he don't and we was for he doesn't and we were.",
        _words({"doesn't": "don't", "were": "was", "weren't": "wasn't"}),
    ),
    Variation(
        "contractions_said", "dialect", "gonna, wanna, gotta, kinda, dunno for their long forms.",
        _rules(
            (r"\bgoing to(?= [a-z])" + _PLACE, "gonna"), (r"\bwant to\b", "wanna"), (r"\bgot to\b", "gotta"),
            (r"\bkind of\b", "kinda"), (r"\bdon't know\b", "dunno"),
        ),
    ),
    Variation(
        "american_british", "dialect", "British words for American ones and the other way round.",
        _words(
            {
                "mom": "mum", "mum": "mom", "apartment": "flat", "flat": "apartment", "vacation": "holiday",
                "college": "uni", "movie": "film", "fall": "autumn", "store": "shop", "shop": "store",
                "cell": "mobile", "soda": "fizzy drink", "candy": "sweets", "mad": "cross", "guys": "lads",
            }
        ),
    ),
    Variation(
        "no_articles", "learner", "No a, an or the.", _rules((r"\b(?:a|an|the) (?=[a-z])", ""))
    ),
    Variation(
        "verbs_unmarked", "learner", "she go and two year for she goes and two years.",
        _rules(
            (r"\b(he|she|it) (\w{2,}[^s\W])s\b", r"\1 \2"),
            (r"\b(two|three|four|five|six|many|few|some) (\w{2,}[^s\W])s\b", r"\1 \2"),
        ),
    ),
    Variation("fillers", "speech", "um and you know between words.", _fillers),
    Variation("stammer", "speech", "The first word is said twice.", _stammered),
    Variation("typos", "speech", "Two letters of every third longer word turned round.", _typos),
)  # fmt: skip
"""All variations of one text by itself; names by which somebody is spoken to are in `NAMES`."""
