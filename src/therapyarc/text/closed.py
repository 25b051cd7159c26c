"""Nine categories of function words, our own lists of closed classes; no list of another package is used."""

from therapyarc.text.words import words

__all__ = ["CATEGORIES", "CLOSED", "length_of", "places_of"]

CATEGORIES = (
    "articles", "personal_pronouns", "impersonal_pronouns", "prepositions", "auxiliary_verbs", "conjunctions",
    "negations", "quantifiers", "adverbs",
)  # fmt: skip
"""In the order of the places of `places_of`."""

CLOSED: dict[str, str] = {
    "articles": "a an the",
    "personal_pronouns": """i me my mine myself you your yours yourself yourselves he him his himself she her hers herself
    we us our ours ourselves they them their theirs themselves i'm i've i'd i'll you're you've you'd
    you'll he's he'd he'll she's she'd she'll we're we've we'd we'll they're they've they'd they'll""",
    "impersonal_pronouns": """it its itself it's it'd it'll this that these those that's that'd that'll there's what's who
    who's whom whose which what whatever whichever whoever something anything everything nothing
    somebody anybody everybody nobody someone anyone everyone one other others another somewhat such""",
    "prepositions": """about above across after against along among around as at before behind below beneath beside
    besides between beyond by despite down during except for from in inside into like near of off on
    onto out outside over past per since than through throughout till to toward towards under
    underneath until unto up upon via with within without""",
    "auxiliary_verbs": """am is are was were be been being have has had having do does did doing will would shall should
    can could may might must ought i'm you're he's she's it's we're they're i've you've we've
    they've i'd you'd he'd she'd we'd they'd i'll you'll he'll she'll we'll they'll isn't aren't
    wasn't weren't haven't hasn't hadn't don't doesn't didn't won't wouldn't shan't shouldn't can't
    cannot couldn't mightn't mustn't ain't that's there's what's who's let's""",
    "conjunctions": """and but or nor so yet because although though while whereas if unless whether when whenever as
    since until then than also plus however therefore""",
    "negations": """no not never none nothing nobody nowhere neither nor isn't aren't wasn't weren't haven't hasn't
    hadn't don't doesn't didn't won't wouldn't shan't shouldn't can't cannot couldn't mightn't
    mustn't ain't""",
    "quantifiers": """all any both each every few fewer half less least lot lots many more most much several some
    plenty enough bit couple dozen double extra whole entire little""",
    "adverbs": """again almost already also always anyway away back barely completely ever especially even exactly
    finally forever generally hardly here hence how just lately maybe mostly nearly never now often
    only perhaps possibly pretty probably quite rarely rather really recently seldom simply
    sometimes soon still suddenly there therefore though too totally twice usually very well when
    where why yesterday yet""",
}
"""Category to words. A word may stand in several, as a contraction does."""

_PLACES: dict[str, tuple[int, ...]] = {}
for _place, _category in enumerate(CATEGORIES):
    for _word in CLOSED[_category].split():
        _PLACES[_word] = (*_PLACES.get(_word, ()), _place)


def length_of(text: str) -> int:
    """Return the number of words."""
    return len(words(text))


def places_of(word: str) -> tuple[int, ...]:
    """Return the places in `CATEGORIES` of a word in lower case; none for a word of no closed class."""
    return _PLACES.get(word, ())
