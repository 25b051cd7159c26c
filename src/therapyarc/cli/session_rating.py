"""The rating of whole ongoing sessions, by the study's rubrics of sessions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random

from therapyarc.cli.people_rating import ByPeople, nobody
from therapyarc.cli.progress import Progress
from therapyarc.cli.rating import labels_told
from therapyarc.coding.session_rater import SessionRatingTask, session_tasks
from therapyarc.domain import Missing, Rating, Session, Turn
from therapyarc.domain.call import Call
from therapyarc.domain.design import Design
from therapyarc.files.run import RunFolder, open_calls, open_session_ratings
from therapyarc.tasks.session_rater import rate_sessions

__all__ = ["rate_ongoing", "session_rating_calls"]

_WORDS = 50
"""Words of a turn, for estimates made before anything is said."""

Key = tuple[str, str, str, int, int, str]


def rate_ongoing(
    folder: RunFolder,
    design: Design,
    sessions: Sequence[Session],
    progress: Progress,
    by_people: ByPeople = nobody,
    drawn: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Rating]:
    """Rate what has no rating yet, or only a failed one; return the latest of each. No file without such rubrics.

    Models rate every session. People rate those that `drawn` gives them; `by_people` is as in `rate_all`.
    """
    planned = _planned(design, sessions, drawn or {})
    if not any(planned.values()):
        return []
    machines = {rater.id: planned[rater.id] for rater in design.study.raters if rater.kind == "model"}
    total = sum(map(len, machines.values()))
    with open_session_ratings(folder, design) as journal, open_calls(folder, design) as calls:
        done = {
            key for key, rating in _latest(journal.records).items() if rating.missing is not Missing.FAILED
        }
        waiting = {
            rater: [task for task in tasks if _key(rater, task) not in done]
            for rater, tasks in machines.items()
        }
        advance = progress.phase("sessions rated", total, total - sum(map(len, waiting.values())))

        def keep(rating: Rating) -> None:
            journal.append(rating)
            advance()

        def note(call: Call) -> None:
            calls.append(call)
            progress.note(call)

        rate_sessions(
            design.study.raters,
            waiting,
            logs=folder.logs,
            limits=design.study.limits,
            on_rating=keep,
            on_call=note,
        )
        journal.extend(by_people(planned, list(journal.records)))
        return [rating for _, rating in sorted(_latest(journal.records).items())]


def _planned(
    design: Design, sessions: Sequence[Session], drawn: Mapping[str, tuple[str, ...]]
) -> dict[str, list[SessionRatingTask]]:
    """Return what each rater rates, in an order of its own that says nothing of arms."""
    tasks = {
        rater.id: [
            task
            for session in sessions
            if rater.kind == "model" or rater.id in drawn.get(session.id, ())
            for rubric in design.rubrics
            if rubric.unit == "session" and rater.rates(rubric)
            for task in session_tasks(
                session,
                rubric,
                rater=rater.id,
                repeats=rater.repeats,
                seed=design.study.seed,
                # by lot a session has one label, in all its windows and by whatever it is rated
                labels=labels_told(rater, f"{rater.id}/{session.id}", design.study.seed),
            )
        ]
        for rater in design.study.raters
        if rater.kind in {"model", "human"}
    }
    for name, own in tasks.items():
        Random(f"{design.study.seed}/sessions/{name}").shuffle(own)
    return tasks


def _key(rater: str, task: SessionRatingTask) -> Key:
    turn = task.first if task.rubric.window else -1
    return rater, task.session.id, task.rubric.id, turn, task.replicate, task.label or ""


def _latest(records: Iterable[Rating]) -> dict[Key, Rating]:
    return {
        (r.rater, r.session, r.rubric, -1 if r.turn is None else r.turn, r.replicate, r.label or ""): r
        for r in records
    }


def session_rating_calls(design: Design, sessions: int) -> Iterator[tuple[str, int, float]]:
    """Yield, by rater and rubric of sessions, the model, the expected calls and the words sent with each.

    Sessions are taken to go their whole length, with turns of 50 words.
    """
    plan = design.study.courses
    if plan is None:
        return
    whole = Session(id="any", turns=(Turn(role="client", text=""),) * (2 * plan.exchanges))
    for rater in design.study.raters:
        for rubric in (r for r in design.rubrics if r.unit == "session" and rater.rates(r)):
            if rater.model is not None:
                labels = labels_told(rater, "any", 0)
                tasks = session_tasks(
                    whole, rubric, rater=rater.id, repeats=rater.repeats, seed=0, labels=labels
                )
                size = 150 + sum(len(a.text.split()) + len(a.example.split()) for a in rubric.anchors)
                words = sum(len(task.turns) for task in tasks) / len(tasks) * _WORDS
                yield rater.model, sessions * len(tasks), size + words
