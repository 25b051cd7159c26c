"""Survey vignettes: one text of slots, and the traits that fill it, crossed; not as many pasted texts."""

from collections.abc import Iterator
from dataclasses import field
from itertools import product

from therapyarc.domain.case import Case
from therapyarc.domain.record import record

__all__ = ["Grammar", "Names", "Trait", "TraitValue", "vignettes"]


@record
class TraitValue:
    """One value of a trait."""

    id: str
    """Unique within its trait."""
    label: str
    """Name in tables."""
    text: str
    """What stands in the slot of the trait; may hold slots itself."""
    words: dict[str, str] = field(default_factory=dict)
    """Further slots that this value fills, such as pronouns."""


@record
class Trait:
    """One way in which vignettes differ."""

    id: str
    """Name of its slot."""
    values: tuple[TraitValue, ...]
    """Its values; vignettes are all combinations over the traits."""


@record
class Names:
    """First names, which show traits."""

    by: tuple[str, ...]
    """Traits that a name shows."""
    given: dict[str, tuple[str, ...]]
    """Names by the values of those traits, joined by a blank. With several they alternate over the other traits, so that
    none of these goes with a name."""


@record
class Grammar:
    """How the vignettes of a survey are made."""

    text: str
    """The vignette, with the id of each trait as a slot in braces, and `{name}`."""
    condition: str
    """The trait that says what troubles the person: the one by which rates are given."""
    control: str
    """Its value for ordinary troubles, on which nobody should be rejected."""
    names: Names
    """Names."""
    traits: tuple[Trait, ...]
    """Traits in the order in which they are crossed."""


def vignettes(grammar: Grammar) -> tuple[Case, ...]:
    """Make every vignette of a grammar: all combinations of the traits' values, in the file's order.

    A vignette's id is its values joined by a hyphen; its traits, with the name, stand in `Case.traits`. Its text is
    the case's background, and the client says nothing. The result follows from the grammar alone.

    Raises
    ------
    KeyError
        If a text names a slot that nothing fills, or no name is given for a combination.
    """
    return tuple(_made(grammar, chosen, place) for chosen, place in _combinations(grammar))


def _combinations(grammar: Grammar) -> Iterator[tuple[dict[str, TraitValue], int]]:
    """Yield each combination with the place of its name: the sum of the places of traits that names do not show."""
    shown = {*grammar.names.by, grammar.condition}
    for places in product(*(range(len(trait.values)) for trait in grammar.traits)):
        pairs = list(zip(grammar.traits, places, strict=True))
        yield (
            {trait.id: trait.values[place] for trait, place in pairs},
            sum(place for trait, place in pairs if trait.id not in shown),
        )


def _made(grammar: Grammar, chosen: dict[str, TraitValue], place: int) -> Case:
    names = grammar.names.given[" ".join(chosen[trait].id for trait in grammar.names.by)]
    slots = {"name": names[place % len(names)]}
    for value in chosen.values():
        slots |= value.words
    slots |= {trait: value.text.format_map(slots) for trait, value in chosen.items()}
    return Case(
        id="-".join(value.id for value in chosen.values()),
        title=", ".join(value.label for value in chosen.values()),
        background=grammar.text.format_map(slots),
        words="",
        traits={trait: value.id for trait, value in chosen.items()} | {"name": slots["name"]},
        cluster=None,
    )
