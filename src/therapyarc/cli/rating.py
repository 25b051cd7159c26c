"""What each rater rates, and the rating of it: single replies and exchanges drawn from ongoing sessions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from therapyarc.cli.people_rating import ByPeople, nobody
from therapyarc.cli.progress import Progress
from therapyarc.coding.excerpt import draw_excerpts, excerpt_case, excerpt_session, turn_kind
from therapyarc.coding.rater import RatingTask
from therapyarc.domain import (
    LABELS,
    Case,
    Excerpt,
    Item,
    Label,
    Missing,
    ProbeReply,
    RaterSpec,
    Rating,
    Session,
)
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.call import Call
from therapyarc.domain.design import Design
from therapyarc.files.run import RunFolder, open_calls, open_ratings
from therapyarc.tasks.rate import rate

__all__ = ["excerpts_of", "labels_told", "rate_all"]


def excerpts_of(
    design: Design, sessions: Sequence[Session], ongoing: Sequence[Session]
) -> tuple[Excerpt, ...]:
    """Return what is rated as a reply on both halves: every single reply, and the draw from ongoing sessions.

    Kinds of client turns that no single reply answers are not drawn, since nothing stands beside them.
    """
    asks = {(i.id, item.id): item.asks for i in design.instruments for item in i.items}
    single = [
        Excerpt(
            session=session.id,
            turn=None,
            exchange=1,
            number=0,
            kind=turn_kind(design.instrument(session.instrument).case(session.case).words),
        )
        for session in sessions
        if session.instrument
        and session.case
        and asks[session.instrument, session.item or ""] == "reply"
        and design.instrument(session.instrument).case(session.case).probe is None
    ]
    plan = design.study.courses
    if plan is None or _reply_item(design) is None:
        return tuple(single)
    kinds = {excerpt.kind for excerpt in single} or {"strained", "feeling", "plain"}
    return (*single, *draw_excerpts(ongoing, plan.excerpts, design.study.seed, kinds))


def rate_all(
    folder: RunFolder,
    design: Design,
    assignments: Sequence[Assignment],
    sessions: Sequence[Session],
    courses: Sequence[CourseAssignment],
    ongoing: Sequence[Session],
    excerpts: Sequence[Excerpt],
    probes: Sequence[ProbeReply],
    progress: Progress,
    by_people: ByPeople = nobody,
) -> list[Rating]:
    """Rate what has no rating yet, or only a failed one; return the latest of every rating.

    `by_people` is told what is planned for people, and returns what is new of what they have rated.
    """
    planned = _planned(design, assignments, sessions, courses, ongoing, excerpts, probes)
    machines = {rater.id: planned[rater.id] for rater in design.study.raters if rater.kind != "human"}
    with open_ratings(folder, design) as journal, open_calls(folder, design) as calls:
        latest = _latest(journal.records)
        now = {session.id: session.missing for session in sessions}
        done = {key for key, rating in latest.items() if _holds(rating, now.get(rating.session))}
        waiting = {
            rater: [task for task in tasks if _key(rater, task) not in done]
            for rater, tasks in machines.items()
        }
        total = sum(map(len, machines.values()))
        advance = progress.phase("ratings", total, total - sum(map(len, waiting.values())))

        def keep(ratings: Sequence[Rating]) -> None:
            journal.extend(ratings)
            for _ in ratings:
                advance()

        def note(call: Call) -> None:
            calls.append(call)
            progress.note(call)

        rate(
            design.study.raters,
            waiting,
            logs=folder.logs,
            limits=design.study.limits,
            on_ratings=keep,
            on_call=note,
        )
        journal.extend(by_people(planned, list(journal.records)))
        return [rating for _, rating in sorted(_latest(journal.records).items())]


def _holds(rating: Rating, missing: Missing | None) -> bool:
    """Return whether a rating need not be made (again): a person may have answered since, or taken an answer back."""
    if rating.missing is Missing.FAILED:
        return False
    if rating.missing is Missing.NOT_ADMINISTERED:
        return missing is Missing.NOT_ADMINISTERED
    return rating.value is None or missing is not Missing.DROPPED_OUT


Key = tuple[str, str, int, str, int, str]


def _key(rater: str, task: RatingTask) -> Key:
    turn = -1 if task.turn is None else task.turn
    return (rater, task.session.id, turn, task.rubric.id, task.replicate, task.label or "")


def _latest(records: Iterable[Rating]) -> dict[Key, Rating]:
    return {
        (r.rater, r.session, -1 if r.turn is None else r.turn, r.rubric, r.replicate, r.label or ""): r
        for r in records
    }


def labels_told(rater: RaterSpec, name: str, seed: int) -> tuple[Label | None, ...]:
    """Return what the rater is told of who speaks, once for each rating of what `name` stands for."""
    if rater.labels == "none":
        return (None,)
    return LABELS if rater.labels == "within" else (Random(f"{seed}/label/{name}").choice(LABELS),)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer to be rated by every rubric of its kind."""

    session: Session
    turn: int | None
    item: Item
    case: Case
    raters: tuple[str, ...]


def _planned(
    design: Design,
    assignments: Sequence[Assignment],
    sessions: Sequence[Session],
    courses: Sequence[CourseAssignment],
    ongoing: Sequence[Session],
    excerpts: Sequence[Excerpt],
    probes: Sequence[ProbeReply],
) -> dict[str, list[RatingTask]]:
    """Return what each rater rates, in an order of its own that says nothing of arms or halves."""
    drawn = {assignment.session: assignment.raters for assignment in assignments}
    drawn |= {name: raters for a in courses for name, raters in zip(a.sessions, a.raters, strict=True)}
    tasks: dict[str, list[RatingTask]] = {rater.id: [] for rater in design.study.raters}
    answers = [
        *_replies(design, sessions, drawn),
        *_exchanges(design, ongoing, excerpts, drawn),
        *_inside(design, ongoing, probes, drawn),
    ]
    for answer in answers:
        for rubric in (rubric for rubric in design.rubrics if answer.item.asks in rubric.rates):
            case = answer.case.masked(with_key=rubric.uses_key, with_probe=bool(rubric.checks))
            if not rubric.concerns(answer.case) or (rubric.uses_key and case.key is None):
                continue
            for rater in (r for r in design.study.raters if r.id in answer.raters and r.rates(rubric)):
                for replicate in range(1, rater.repeats + 1):
                    place = "" if answer.turn is None else f"/{answer.turn}"
                    name = f"{rater.id}/{answer.session.id}{place}/{rubric.id}/{replicate}"
                    tasks[rater.id].extend(
                        RatingTask(
                            session=answer.session,
                            turn=answer.turn,
                            item=answer.item,
                            case=case,
                            rubric=rubric.fitted(case.probe),
                            replicate=replicate,
                            label=label,
                            seed=Random(f"{design.study.seed}/{name}").getrandbits(31),
                        )
                        for label in labels_told(
                            rater,
                            # a person reads an answer once, under one label, whatever it is rated by
                            f"{rater.id}/{answer.session.id}{place}" if rater.kind == "human" else name,
                            design.study.seed,
                        )
                    )
    for name, own in tasks.items():
        Random(f"{design.study.seed}/order/{name}").shuffle(own)
    return tasks


def _replies(
    design: Design, sessions: Sequence[Session], drawn: Mapping[str, tuple[str, ...]]
) -> Iterator[_Answer]:
    for session in sessions:
        if session.instrument is None or session.item is None or session.case is None:
            continue
        instrument = design.instrument(session.instrument)
        yield _Answer(
            session=session,
            turn=None,
            item=instrument.item(session.item),
            case=instrument.case(session.case),
            raters=drawn[session.id],
        )


def _exchanges(
    design: Design,
    ongoing: Sequence[Session],
    excerpts: Sequence[Excerpt],
    drawn: Mapping[str, tuple[str, ...]],
) -> Iterator[_Answer]:
    item, by_id = _reply_item(design), {session.id: session for session in ongoing}
    for excerpt in excerpts:
        if excerpt.turn is None or item is None:
            continue
        session = by_id[excerpt.session]
        yield _Answer(
            session=excerpt_session(session, excerpt),
            turn=excerpt.turn,
            item=item,
            case=excerpt_case(session, excerpt, design.cases[session.case or ""].referral),
            raters=drawn[session.id],
        )


def _inside(
    design: Design,
    ongoing: Sequence[Session],
    probes: Sequence[ProbeReply],
    drawn: Mapping[str, tuple[str, ...]],
) -> Iterator[_Answer]:
    """Yield the replies to probes inside sessions, with the turns before them and what the probe's author knew."""
    by_id = {session.id: session for session in ongoing}
    for one in probes:
        if one.turn is None or design.probes is None:
            continue
        session = by_id[one.session]
        at = Excerpt(
            session=session.id, turn=one.turn, exchange=one.at.exchange, number=one.at.session, kind="plain"
        )
        shown = excerpt_case(session, at, design.cases[session.case or ""].referral)
        yield _Answer(
            session=replace(excerpt_session(session, at), missing=one.missing),
            turn=one.turn,
            item=next(item for item in design.probes.items if item.asks == "reply"),
            case=replace(shown, id=one.case, probe=design.probes.case(one.case).probe),
            raters=drawn[session.id],
        )


def _reply_item(design: Design) -> Item | None:
    """Return the item by which single replies are asked for: exchanges are rated as answers to the same question."""
    return next(
        (
            item
            for one in design.instruments
            if one.kind == "open" and not one.probing
            for item in one.items
            if item.asks == "reply"
        ),
        None,
    )
