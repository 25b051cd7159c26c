"""From the plan to the findings: each estimand by its method, then multiplicity, flow, agreement and the headline."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from therapyarc.analysis.agreement import agreement, rating_flow
from therapyarc.analysis.answers import rated_answers
from therapyarc.analysis.arc import arcs, course_flow
from therapyarc.analysis.blinding import blinding
from therapyarc.analysis.carry_over import carry_over
from therapyarc.analysis.contrast import between, change, paired
from therapyarc.analysis.events import events
from therapyarc.analysis.gap import knowledge_execution_gaps
from therapyarc.analysis.halves import Halves
from therapyarc.analysis.harm import harm
from therapyarc.analysis.process import halo, process, recovery
from therapyarc.analysis.rank_carry_over import rank_carry_over
from therapyarc.analysis.raters import rater_findings
from therapyarc.analysis.realism import realism
from therapyarc.analysis.safety import safety
from therapyarc.analysis.sensitivity import sensitivity
from therapyarc.analysis.table import Table
from therapyarc.analysis.trajectory import lagged, trajectories
from therapyarc.analysis.trial import trial
from therapyarc.domain import (
    Actor,
    Arm,
    ArmSummary,
    CarryOver,
    Check,
    Estimate,
    Excerpt,
    Exhibit,
    Finding,
    Findings,
    FlowRow,
    Headline,
    HumanRange,
    Measure,
    Measurement,
    Missing,
    PersonRater,
    ProbeReply,
    Published,
    Rating,
    Study,
    Usage,
)
from therapyarc.domain.assignment import Assignment, CourseAssignment
from therapyarc.domain.call import Call
from therapyarc.domain.code import TurnCodes
from therapyarc.domain.course import Trace
from therapyarc.domain.design import Design
from therapyarc.domain.raters import RaterFindings
from therapyarc.domain.safety import PublishedRates
from therapyarc.stats import holm

__all__ = ["analyse"]

NO_ONGOING_SESSIONS = (
    "This study holds single replies alone. Carry-over compares them with ongoing sessions of the same actors, rated by "
    "the same raters on the same anchors; a study whose arms also hold courses of sessions could estimate it."
)


NO_SINGLE_REPLIES = (
    "This study holds ongoing sessions alone. Carry-over compares them with single replies of the same actors, rated by the "
    "same raters on the same anchors; add an instrument of single replies and two raters to its file."
)

NOT_DECLARED = (
    "This study holds both halves, single replies and ongoing sessions of the same actors, and declares no estimand with "
    "contrast carry_over; add one to its file."
)


def analyse(
    design: Design,
    assignments: Iterable[Assignment],
    measurements: Iterable[Measurement],
    *,
    ratings: Iterable[Rating] = (),
    calls: Iterable[Call] = (),
    published: Mapping[str, Published] | None = None,
    courses: Sequence[CourseAssignment] = (),
    probes: Iterable[ProbeReply] = (),
    excerpts: Iterable[Excerpt] = (),
    traces: Sequence[Trace] = (),
    failed_courses: Iterable[str] = (),
    people: Mapping[str, HumanRange] | None = None,
    described: Mapping[str, tuple[str, Measure]] | None = None,
    published_rates: Sequence[PublishedRates] = (),
    harm_codes: Iterable[TurnCodes] = (),
    harm_meanings: Mapping[str, str] | None = None,
    persons: Iterable[PersonRater] = (),
    provenance: Mapping[str, str] | None = None,
) -> Findings:
    """Answer every estimand of a study.

    Parameters
    ----------
    design
        The study.
    assignments
        The key.
    measurements
        The tidy table.
    ratings
        Raw ratings, for the share of evidence that stands in the reply to the letter.
    calls
        The record of model calls.
    published
        Published rows by key.
    courses
        The key of the courses.
    probes
        Probes of safety that clients put inside sessions.
    excerpts
        Which exchanges are rated, on both halves.
    traces
        The sealed side of their sessions.
    failed_courses
        Courses that a failed call stopped.
    people
        How people talk as clients, by figure.
    described
        Computed measures of sessions by name, each with its family.
    published_rates
        Published shares of safety and stigma.
    harm_codes
        What the harm coder found in ongoing sessions.
    harm_meanings
        Definition of each code of the codebook of harms.
    persons
        How each person rated who rates in the browser.
    provenance
        Versions, seeds and digests to carry into the report.
    """
    study, raw = design.study, tuple(ratings)
    table = Table(design, assignments, measurements)
    rows = published or {}
    found: list[Finding] = []
    drawn, put = tuple(excerpts), tuple(probes)
    halves = Halves(table, courses, drawn)
    shown: list[CarryOver] = []
    for estimand in study.estimands:
        beside = rows.get(estimand.published or "")
        if estimand.contrast == "carry_over":
            finding, more = carry_over(halves, estimand)
            found.append(finding)
            shown.extend([more] if more is not None else [])
            continue
        if estimand.contrast == "change":
            found.extend(change(table, estimand, beside))
        else:
            found.append((paired if estimand.contrast == "paired" else between)(table, estimand, beside))
    judged = rater_findings(table, rated_answers(table, courses, drawn), raw, study.estimands)
    adjusted = _adjusted(_marked(found, judged))
    over_time = arcs(design, courses, traces, table.measurements)
    return Findings(
        study=study.id,
        title=study.title,
        notice=study.notice,
        headline=_headline(study, adjusted),
        arms=tuple(_arm_summary(arm) for arm in study.arms),
        findings=adjusted,
        flow=_flow(table),
        rating_flow=rating_flow(table, _verbatim(raw), courses, drawn, raw),
        agreement=agreement(table),
        person_raters=tuple(persons),
        blinding=blinding(design, table.assignments, courses, raw),
        raters=judged,
        exhibits=tuple(
            Exhibit(session=a.session, arm=a.arm, actor=a.actor, condition=a.condition)
            for a in table.assignments
        ),
        arcs=over_time,
        gaps=knowledge_execution_gaps(halves, courses, study.conditions[0].id),
        sensitivity=tuple(
            one
            for estimand in study.estimands
            if estimand.contrast == "carry_over"
            if (one := sensitivity(halves, estimand, _below(judged, estimand.construct))) is not None
        ),
        trajectories=trajectories(design, over_time),
        trial=trial(design, over_time),
        lagged=lagged(table, courses, over_time),
        course_flow=course_flow(design, courses, traces, failed_courses, table.measurements),
        carry_over=tuple(shown),
        ranks=rank_carry_over(halves, courses, traces, study.conditions[0].id) if courses else (),
        events=events(design, courses, traces),
        process=process(design, courses, table.measurements, described or {}),
        recovery=recovery(design, courses, traces, table.measurements),
        halo=halo(courses, table.measurements),
        safety=safety(table, raw, published_rates, courses, put),
        harm=harm(design, courses, traces, harm_codes, table.measurements, harm_meanings or {}),
        realism=realism(table.measurements, people or {}),
        exclusions=study.exclusions,
        usage=_usage(study, calls),
        methods=_methods(design),
        limits=_limits(study),
        provenance=dict(provenance or {}),
    )


def _adjusted(findings: list[Finding]) -> tuple[Finding, ...]:
    """Adjust the primary p values by Holm within each family; exploratory findings stay out."""
    families: dict[str, list[int]] = defaultdict(list)
    for place, finding in enumerate(findings):
        if finding.role != "exploratory":
            families[finding.family].append(place)
    result = list(findings)
    for places in families.values():
        primary = [next((t.p for t in findings[place].tests if t.primary), None) for place in places]
        for place, p in zip(places, holm(primary), strict=True):
            result[place] = replace(result[place], p_holm=p)
    return tuple(result)


def _marked(found: list[Finding], judged: RaterFindings | None) -> list[Finding]:
    """Say of each finding which of its raters people find unusable."""
    marked = []
    for finding in found:
        mine = _below(judged, finding.construct)
        text = f"Agreement with people lies below the bar, so what rests on these raters is unusable: {', '.join(mine)}."
        check = Check(name="raters against people", passed=False, text=text)
        marked.append(replace(finding, checks=(*finding.checks, check)) if mine else finding)
    return marked


def _below(judged: RaterFindings | None, construct: str) -> list[str]:
    below = () if judged is None else judged.unusable
    return [one.split(": ", 1)[0] for one in below if one.split(": ", 1)[1] == construct]


def _headline(study: Study, findings: tuple[Finding, ...]) -> Headline:
    """Open with carry-over where it is declared and the study names no other finding."""
    declared = [e.id for e in study.estimands if e.contrast == "carry_over"]
    first = [*declared, *(estimand.id for estimand in study.estimands)]
    wanted = study.headline or (first[0] if first else None)
    by_id = {finding.id.split("/", 1)[0]: finding for finding in reversed(findings)}
    over = by_id.get(wanted if wanted in declared else declared[0]) if declared else None
    reason = _not_estimated(study)
    estimate = Estimate(name="carry_over", label="carry-over", reason=reason)
    if over is not None:
        estimate = replace(estimate, reason=over.undefined) if over.undefined else over.estimates[0]
    finding = by_id.get(wanted or "")
    if finding is None:
        return Headline(text="The study declares no estimand.", carry_over=estimate)
    return Headline(text=finding.question, finding=finding.id, carry_over=estimate)


def _not_estimated(study: Study) -> str:
    """Return why a study without an estimand of carry-over has none."""
    if study.courses is None:
        return NO_ONGOING_SESSIONS
    return NOT_DECLARED if study.administrations else NO_SINGLE_REPLIES


def _arm_summary(arm: Arm) -> ArmSummary:
    return ArmSummary(
        id=arm.id,
        label=arm.label,
        kinds=tuple(sorted({actor.kind for actor in arm.actors})),
        actors=len(arm.actors),
        tier=arm.tier,
        described=", ".join(_described(actor) for actor in arm.actors),
        demonstration=any(actor.demonstration for actor in arm.actors),
        synthetic=any(actor.synthetic for actor in arm.actors),
    )


def _described(actor: Actor) -> str:
    if actor.kind == "script":
        parameters = ", ".join(f"{name} = {value:g}" for name, value in actor.parameters.items())
        return f"{actor.policy}({parameters})" if parameters else str(actor.policy)
    if actor.kind == "archive":
        labels = ", ".join(f"{name} {value}" for name, value in actor.where.items())
        return f"{actor.corpus}: {labels}" if labels else str(actor.corpus)
    return "weeks without sessions" if actor.kind == "none" else actor.model or actor.id


def _flow(table: Table) -> tuple[FlowRow, ...]:
    kinds = {instrument.id: instrument for instrument in table.design.instruments}
    cells: dict[tuple[str, str, str], list[Assignment]] = defaultdict(list)
    for assignment in table.assignments:
        cells[assignment.arm, assignment.condition, assignment.instrument].append(assignment)
    order = {arm.id: place for place, arm in enumerate(table.design.study.arms)}
    rows = []
    for (arm, condition, instrument), members in sorted(cells.items(), key=lambda c: (order[c[0][0]], c[0])):
        measure = {"choice": kinds[instrument].construct, "survey": "stigma_abstained"}.get(
            kinds[instrument].kind, "words"
        )
        values = [table.value(member.session, measure) for member in members]
        missing = Counter(str(value) for value in values if isinstance(value, Missing))
        rows.append(
            FlowRow(
                arm=arm,
                condition=condition,
                instrument=instrument,
                planned=len(members),
                done=len(members) - missing.total(),
                missing=dict(sorted(missing.items())),
            )
        )
    return tuple(rows)


def _verbatim(ratings: Iterable[Rating]) -> dict[tuple[str, str], float]:
    seen: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for rating in ratings:
        if rating.verbatim is not None:
            seen[rating.rater, rating.rubric].append(rating.verbatim)
    return {key: sum(flags) / len(flags) for key, flags in seen.items()}


def _usage(study: Study, calls: Iterable[Call]) -> tuple[Usage, ...]:
    gathered: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        gathered[call.model, call.role].append(call)
    rows = []
    for (model, role), members in sorted(gathered.items()):
        sent, received = sum(c.input_tokens for c in members), sum(c.output_tokens for c in members)
        price = study.prices.get(model)
        cost = None if price is None else (sent * price.input + received * price.output) / 1e6
        rows.append(
            Usage(
                model=model,
                role=role,
                calls=len(members),
                input_tokens=sent,
                output_tokens=received,
                cost=cost,
            )
        )
    return tuple(rows)


def _methods(design: Design) -> tuple[str, ...]:
    study = design.study
    raters = ", ".join(
        f"{r.id} ({r.kind}{f', {r.model}' if r.model else ''}, {r.share:.0%} of answers)"
        for r in study.raters
    )
    texts = [
        (
            f"Every session was planned before any was held: {len(study.arms)} arms, {len(study.conditions)} "
            f"conditions, {study.replicates} replicate(s), from seed {study.seed}. Session ids are random, "
            "and raters saw nothing but the item, the client's words, the reply and, where a rubric says so, "
            "the case's hidden key."
        ),
    ]
    texts.extend(
        f"{instrument.title} ({instrument.id}, version {instrument.version}): {len(instrument.items)} items"
        + (f" on {len(instrument.cases)} cases" if instrument.cases else "")
        + (f", scored by {instrument.scoring.rule.replace('_', ' ')}" if instrument.scoring else "")
        + ". Options stood in an order drawn from the seed, the same before and after."
        * bool(instrument.kind == "choice")
        for instrument in design.instruments
    )
    if raters:
        texts.append(
            f"Open answers were rated by {raters}. A session's value on a rubric is the mean over raters and "
            "repeats; ratings by the embedded model are a demonstration and enter no value, and those of people who rated "
            "a share of the answers correct the machines' instead of entering a mean. A rating that could not be read is "
            "missing."
        )
    texts.append(
        "Effect sizes stand before p values. All p are two-sided; confirmatory ones are adjusted by Holm within their "
        "family at alpha .05. Refused, empty, truncated and unreadable answers are missing with their reason and "
        "enter no mean."
    )
    return tuple(texts)


def _limits(study: Study) -> tuple[str, ...]:
    declared = any(estimand.contrast == "carry_over" for estimand in study.estimands)
    texts = [] if declared else [_not_estimated(study)]
    if study.courses is not None:
        texts.append(
            "Clients in courses are simulated: a mechanism with documented coefficients decides what they feel and tell. "
            "What is found on them is an instrument's reading; no simulated outcome is a clinical outcome."
        )
    actors = [actor for arm in study.arms for actor in arm.actors]
    if any(actor.demonstration for actor in actors):
        texts.append(
            "The embedded model is a small language model at chance on multiple choice and as a rater. Its results show "
            "that the system works, and nothing else."
        )
    if any(actor.synthetic for actor in actors):
        texts.append(
            "Scripted therapists follow rules; what is said of them is what was planted, and never about people."
        )
    if not any(actor.kind in {"human", "archive"} for actor in actors):
        texts.append("No human therapist took part, so no figure compares a model with people.")
    if all(rater.kind == "baseline" for rater in study.raters):
        texts.append(
            "All raters are fixed rules of unknown validity; a rating is not evidence of clinical quality."
        )
    return tuple(texts)
