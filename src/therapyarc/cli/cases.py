"""`cases`: the simulated clients."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from therapyarc.domain.client import ClientCase
from therapyarc.files.cases import case_ids, read_case

__all__ = ["show_cases"]


def show_cases(name: str | None, console: Console) -> None:
    """List all cases of the library, or show one.

    Raises
    ------
    FaultyFileError
        If there is no such case, or with everything that it lacks.
    """
    if name is not None:
        _show(read_case(name, Path.cwd()), console)
        return
    table = Table(title="Simulated clients (invented; instruments, not patients)", title_justify="left")
    for column in ("id", "case", "age", "background", "severity", "for"):
        table.add_column(column)
    for one in (read_case(case, Path.cwd()) for case in case_ids()):
        person = one.person
        table.add_row(
            one.id,
            one.title,
            str(person.age),
            f"{person.culture}; {person.work}",
            f"{one.traits.severity:.2f}",
            ", ".join(one.tags),
        )
    console.print(table)


def _show(case: ClientCase, console: Console) -> None:
    person, formulation = case.person, case.formulation
    console.print(f"[bold]{case.title}[/bold] ({case.id}, version {case.version})", highlight=False)
    console.print(
        f"{person.age}, {person.gender}; {person.culture}; {person.work}; speaks: {person.register}",
        highlight=False,
    )
    console.print(f"Referral: {case.referral}", highlight=False)
    for label, text in (
        ("Problem", formulation.problem),
        ("Triggers", ", ".join(formulation.triggers)),
        ("What keeps it going", formulation.loop),
        ("Values", ", ".join(formulation.values)),
        ("Goals", ", ".join(formulation.goals)),
        ("Resists by", ", ".join(kind.replace("_", " ") for kind in case.resists)),
        ("Beliefs", "; ".join(f"{belief.text} ({belief.conviction:.0f})" for belief in case.beliefs)),
        ("Activities", "; ".join(activity.text for activity in case.activities)),
    ):
        console.print(f"{label}: {text}", highlight=False)
    table = Table(title="Facts, by depth and the trust that they need", title_justify="left")
    for column in ("depth", "trust", "topic", "words"):
        table.add_column(column)
    for fact in sorted(case.facts, key=lambda fact: (fact.depth, fact.trust)):
        table.add_row(str(fact.depth), f"{fact.trust:.2f}", fact.topic, fact.say)
    console.print(table)
