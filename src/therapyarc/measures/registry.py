"""The registry: every measure of the package, and those that other packages bring by entry point."""

from collections import Counter
from functools import cache
from importlib.metadata import entry_points

from therapyarc.domain.measure import Measure
from therapyarc.measures.alliance import ALLIANCE
from therapyarc.measures.checks import CHECK_MEASURES
from therapyarc.measures.confounds import CONFOUNDS
from therapyarc.measures.crisis import CRISIS
from therapyarc.measures.disclosure import DISCLOSURE
from therapyarc.measures.empathy import EMPATHY
from therapyarc.measures.family import Family
from therapyarc.measures.fidelity import FIDELITY
from therapyarc.measures.harms import HARMS
from therapyarc.measures.inference import INFERENCE
from therapyarc.measures.items import ITEM_MEASURES
from therapyarc.measures.profile import PROFILE
from therapyarc.measures.reciprocity import RECIPROCITY
from therapyarc.measures.rupture import RUPTURES
from therapyarc.measures.socratic import SOCRATIC
from therapyarc.measures.speech import SPEECH
from therapyarc.measures.synchrony import SYNCHRONY_FAMILIES
from therapyarc.measures.talk import TALK

__all__ = ["ENTRY_POINTS", "FAMILIES", "RegistryError", "every_measure", "families"]

FAMILIES: tuple[Family, ...] = (
    TALK,
    EMPATHY,
    ALLIANCE,
    INFERENCE,
    SOCRATIC,
    FIDELITY,
    RUPTURES,
    DISCLOSURE,
    RECIPROCITY,
    CRISIS,
    HARMS,
    PROFILE,
    CONFOUNDS,
    SPEECH,
    *SYNCHRONY_FAMILIES,
)
"""The package's own families, in the order of reports."""

ENTRY_POINTS = "therapyarc.measures"
"""Group of the entry points by which another package adds a `Family`."""


class RegistryError(Exception):
    """A package's measures cannot be used."""


@cache
def families() -> tuple[Family, ...]:
    """Return the package's own families and those of other packages.

    Raises
    ------
    RegistryError
        If an entry point cannot be loaded, is no `Family`, or gives a name that is taken.
    """
    found = list(FAMILIES)
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda one: one.name):
        where = f"entry point {entry.name} = {entry.value}"
        try:
            brought = entry.load()
        except (ImportError, AttributeError) as error:
            raise RegistryError(
                f"{where}: cannot be loaded ({error}); mend or uninstall that package"
            ) from error
        if not isinstance(brought, Family):
            raise RegistryError(f"{where}: must be a therapyarc.measures.Family, is {type(brought).__name__}")
        found.append(brought)
    names = Counter(one.name for family in found for one in family.measures)
    names.update(one.measure.name for one in ITEM_MEASURES)
    names.update(one.name for one in CHECK_MEASURES)
    if twice := sorted(name for name, count in names.items() if count > 1):
        raise RegistryError(f"measures defined twice: {', '.join(twice)}; rename them in the added package")
    return tuple(found)


def every_measure() -> dict[str, tuple[str, Measure]]:
    """Return every computed measure by name, with the family that gives it (`items` for single-turn items, `checks`)."""
    own = {one.measure.name: ("items", one.measure) for one in ITEM_MEASURES}
    own |= {one.name: ("checks", one) for one in CHECK_MEASURES}
    return own | {one.name: (family.id, one) for family in families() for one in family.measures}
