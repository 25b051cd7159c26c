"""`demo-people`: scripted visitors fill a study in."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from therapyarc.cli.people import PeopleError, open_store
from therapyarc.cli.run import run_study
from therapyarc.files.study import load_design
from therapyarc.web.demo import play, play_raters
from therapyarc.web.erasure import real_people

__all__ = ["demo_people"]


def demo_people(
    study: Path, db: str | None, *, therapists: int, trainees: int, raters: int, console: Console
) -> None:
    """Let programs take part in a study that is called synthetic; with raters, run it before they rate, and after.

    Raises
    ------
    PeopleError
        If the title does not say that the study is synthetic, or real people are in the database.
    """
    design = load_design(study)
    if "synthetic" not in design.study.title.lower():
        raise PeopleError(
            f"{study}: title {design.study.title!r} must hold the word synthetic, so that every page and the report say "
            "that its data are invented. Copy the study file, give the copy an id and title of its own, and use that."
        )
    shown = replace(design.study.people, title=design.study.people.title or design.study.title)
    if "synthetic" not in shown.title.lower():
        shown = replace(shown, title=f"{shown.title} (synthetic)")
    design = replace(design, study=replace(design.study, people=shown))
    with open_store(design, db, make=True) as store:
        if store.read(real_people):
            raise PeopleError(
                "real people are in this database; name another with --db, so that the two never mix"
            )
        found = play(design, store, study.parent, therapists=therapists, trainees=trainees)
    console.print(
        f"played by programs: {found.therapists} therapists and {found.trainees} trainees, {found.requests} requests to the "
        "study's own pages, without a browser. All of it is synthetic.",
        soft_wrap=True,
        highlight=False,
    )
    by_people = [one for one in design.study.raters if one.kind == "human"]
    if raters and by_people:
        run_study(study, None, console, db)  # puts to the raters what there is to rate
        with open_store(design, db, make=False) as store:
            rated, requests = play_raters(design, store, study.parent, raters=raters)
        console.print(
            f"played by programs: {rated} raters, {requests} requests. All of it is synthetic.",
            highlight=False,
        )
        run_study(study, None, console, db)
    console.print(
        f"look at it: therapyarc invite {study} --role researcher, then therapyarc serve {study}; results: "
        f"therapyarc run {study}",
        soft_wrap=True,
        highlight=False,
    )
