"""What a scripted therapist hears in a client's words: something to give back, and a feeling to name."""

import re

import numpy as np

from therapyarc.coding.crisis import alarm
from therapyarc.text import clauses, feeling_words, sentences, words

__all__ = ["can_be_given_back", "heard_feelings", "heard_risk", "mirrored", "pick", "reflections"]

_SWAP = {
    "i": "you", "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll", "me": "you", "my": "your",
    "mine": "yours", "myself": "yourself", "am": "are", "was": "were", "we": "you", "our": "your", "us": "you",
}  # fmt: skip
_LEAD = re.compile(
    r"^(?:(?:well|yeah|yes|no|so|and|but|or|then|like|um+|uh+|oh|okay|sure|honestly|actually|i mean|you know|"
    r"i don't know(?=,)|it's like(?=,)|the thing is(?=,)|as i say(?=,))\b[\s,.…]*)+",
    re.IGNORECASE,
)
_CUES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ashamed", ("fool", "ashamed", "shame", "embarrass*", "fake", "nearly didn't come", "didn't want to tell", "only a",
                 "manages that")),
    ("lonely", ("nobody", "alone", "lonely", "by myself", "the dog", "no one")),
    ("exhausted", ("no room", "do it twice", "tired", "exhaust*", "double", "every day", "properly")),
    ("hopeless", ("nothing helps", "nothing chang*", "precisely nothing", "same sofa", "no point", "never works",
                  "pointless", "i've done the")),
    ("angry", ("thanks for that", "furious", "angry", "sick of", "you wanted me", "what is it with you")),
    ("afraid", ("scared", "afraid", "worried", "stomach", "nervous", "panic", "anxious", "haven't told")),
    ("disappointed", ("crash*", "pay for it", "let down", "disappoint*", "younger now")),
    ("hurt", ("he has read it", "blue marks", "my wife", "died", "miss him", "miss her", "miss them")),
    ("guilty", ("guilt*", "selfish", "should not talk", "my fault")),
)  # fmt: skip
"""Feeling and the words that suggest it; a star stands for any ending."""
_COMPILED = tuple(
    (
        tuple(cue.rstrip("*") for cue in cues),
        re.compile(r"\b(?:" + "|".join(cue.replace("*", r"\w*") for cue in cues) + r")\b"),
        name,
    )
    for name, cues in _CUES
)
_RISK = (
    (re.compile(r"(?:didn't|not|never)(?: to)? wake"), "not waking up"),
    (
        re.compile(
            r"(?:not|didn't want to) be here any ?more|better off (?:dead|without me)|not be alive|life insurance they'd be"
        ),
        "not being here any more",
    ),
    (re.compile(r"kill myself|end (?:it all|my life)|take my (?:own )?life|suicid"), "ending your life"),
    (re.compile(r"the old tablets|know how many there are"), "the tablets"),
    (re.compile(r"turn of the wheel|on the bridge one night"), "that night on the bridge"),
    (re.compile(r"stood under it|a beam in the"), "the beam"),
    (re.compile(r"papers in order"), "putting your papers in order"),
)
"""Words that can stand for a wish to die, and what they can be called when they are taken up."""
_EMPTY = re.compile(r".*\byou know\b|i (?:suppose so|don't know|see|guess so|mean it)$", re.IGNORECASE)
_HAVE = re.compile(
    r"\b(I|we)'ve(?= (?:a|an|the|no|two|three|four|five|six|my|our|some|any|half|plenty|patients|nothing)\b)",
    re.IGNORECASE,
)
"""A contraction before what is had, which sounds wrong once persons are exchanged ("you've three children")."""
_QUOTED = re.compile(r"\b(?:say|says|said|ask|asks|asked|told|wrote|thought)\b[^.]*[,:]", re.IGNORECASE)
"""Speech within speech, in which persons cannot be exchanged by rule."""
_ABOUT_THE_TALK = re.compile(
    r"\b(?:(?:no|one|good) answer|the question|ask myself|say (?:something|it any|it more|now)|making it up|know where to|"
    r"the thread|mention it|said that aloud|meant to say|what i'd say|tell you (?:first|is)|wanted to hear|"
    r"where i was going|say about it|saying|explain|to be honest|think about that|not sure|come back to that|suppose|"
    r"you'd see|what to say|sticks|can say|even notice|got plenty of proof|listen to you|so to speak|another story|"
    r"could go on|way of it|different with|what i've got|make of it|arranged myself|by heart|weather|"
    r"thought so|not quite over|going round in|what to make|how that sounds|proof of that|"
    r"told you|hold me to|used to being asked|with that)\b",
    re.IGNORECASE,
)
"""Words about talking and not about the client's life; giving them back leads nowhere."""
_NAMES = {
    "shame": "ashamed", "guilt": "guilty", "sadness": "sad", "grief": "bereft", "loneliness": "lonely",
    "emptiness": "empty", "hopelessness": "hopeless", "helplessness": "helpless", "fear": "afraid", "anger": "angry",
    "frustration": "frustrated", "resentment": "bitter", "disappointment": "disappointed", "hurt": "hurt",
    "exhaustion": "exhausted",
}  # fmt: skip


def heard_feelings(text: str) -> list[str]:
    """Return adjectives for the feelings that the words name or suggest, the likeliest first; may be empty."""
    plain = text.replace("’", "'").lower()
    found = [
        name
        for literals, pattern, name in _COMPILED
        if any(literal in plain for literal in literals) and pattern.search(plain)
    ]
    found += [_NAMES[word.family] for word in feeling_words(text) if word.family in _NAMES]
    return list(dict.fromkeys(found))


def heard_risk(text: str) -> str:
    """Return what the client calls the wish to die, as it can be said back; empty where no such words are heard."""
    plain = text.replace("’", "'").casefold()
    named = next((name for pattern, name in _RISK if pattern.search(plain)), "")
    return named or ("what sounds like an ending to me" if alarm(text) else "")


def mirrored(clause: str) -> str:
    """Return a clause with first and second person exchanged: "I didn't tell you" becomes "you didn't tell me"."""
    parts = _HAVE.sub(r"\1 have", clause.replace("’", "'")).split()
    swapped = []
    for place, part in enumerate(parts):
        core = part.strip("\"'()").casefold()
        if core in {"you", "you're", "you've", "your"}:
            last = place == len(parts) - 1 or core == "your"
            new = {"your": "my", "you're": "I'm", "you've": "I've"}.get(core, "me" if last or place else "I")
            swapped.append(new)
        elif core == "are" and swapped and swapped[-1] == "I":
            swapped.append("am")
        elif core in {"am", "was"} and (not swapped or swapped[-1] != "you"):
            swapped.append(part)
        else:
            swapped.append(
                _SWAP.get(
                    core, part if place or core == "i" or part[:1].isdigit() else part[:1].lower() + part[1:]
                )
            )
    return " ".join(swapped)


def reflections(text: str) -> list[str]:
    """Return clauses that can be given back after "you": the client's own words, person exchanged, most telling first.

    Only clauses of three to eighteen words that begin with the client as subject are taken, so that the sentence
    stands; none may be found, and then nothing is given back.
    """
    found = []
    whole = [*sentences(text), *clauses(text)]
    for clause in whole:
        bare = _LEAD.sub("", clause.strip()).rstrip(".!?… ")
        opens = re.match(r"(?:i|i'm|i've|i'd|my|we)\b", bare.replace("’", "'"), re.IGNORECASE)
        if opens and 3 <= len(words(bare)) <= 18 and can_be_given_back(bare) and "?" not in clause:
            found.append(mirrored(bare))
    later = list(dict.fromkeys(reversed(found)))  # people come to the point towards the end
    return sorted(later, key=lambda clause: -min(len(words(clause)), 9))


def can_be_given_back(clause: str) -> bool:
    """Say whether words of a client are about its life and can be said back by rule."""
    return not (
        _EMPTY.match(clause) or _QUOTED.search(clause) or _ABOUT_THE_TALK.search(clause.replace("’", "'"))
    )


def pick(options: list[str], rng: np.random.Generator) -> str:
    """Return one of the options."""
    return options[int(rng.integers(len(options)))]
