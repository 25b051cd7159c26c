"""Whether raters who are people could tell people from machines."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from therapyarc.analysis.estimates import estimate
from therapyarc.domain import COEFFICIENT, Blinding, Rating
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.design import Design
from therapyarc.domain.raters import GUESS
from therapyarc.stats import bang_index, james_index

__all__ = ["blinding"]


def blinding(
    design: Design,
    assignments: Iterable[Assignment],
    courses: Sequence[CourseAssignment],
    ratings: Iterable[Rating],
) -> tuple[Blinding, ...]:
    """Count guesses by what wrote the words, and give Bang's and James's indices: for all raters, then for each.

    Actors of kind `human` and `archive` are people; models and scripts are machines. The intervals take guesses as
    independent; those of one rater are not, so the interval over all is too narrow, and each rater's stands beside it.
    """
    kinds = {(arm.id, actor.id): actor.kind for arm in design.study.arms for actor in arm.actors}
    wrote = {one.session: kinds[one.arm, one.actor.split("/", 1)[0]] for one in assignments}
    wrote |= {name: kinds[one.arm, one.actor] for one in courses for name in one.sessions}
    tables: dict[str, list[list[int]]] = defaultdict(lambda: [[0, 0], [0, 0], [0, 0]])
    for rating in ratings:
        if rating.rubric == GUESS and rating.session in wrote:
            column = 0 if wrote[rating.session] in {"human", "archive"} else 1
            row = 2 if rating.value is None else int(rating.value >= 0.5)
            for rater in ("", rating.rater):
                tables[rater][row][column] += 1
    return tuple(_row(rater, table) for rater, table in sorted(tables.items()))


def _row(rater: str, table: list[list[int]]) -> Blinding:
    (human_right, machine_wrong), (human_wrong, machine_right), (human_unsure, machine_unsure) = table
    people = bang_index(human_right, human_wrong, human_unsure)
    machines = bang_index(machine_right, machine_wrong, machine_unsure)
    return Blinding(
        rater=rater,
        guesses=sum(map(sum, table)),
        counts=tuple((people, machines) for people, machines in table),
        estimates=(
            estimate("bang_people", "Bang, people's words", people, COEFFICIENT),
            estimate("bang_machines", "Bang, machines' words", machines, COEFFICIENT),
            estimate("james", "James", james_index(table), COEFFICIENT),
        ),
    )
