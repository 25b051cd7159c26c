"""study.yaml: from the file to a design, with all its faults at once."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from therapyarc.domain import Administration, Condition, CorpusSource, Instrument, Study
from therapyarc.domain.client import SELF_REPORTED
from therapyarc.domain.design import Archive, Design
from therapyarc.files.cases import read_case
from therapyarc.files.corpus import Corpus, exchanges, load_corpus
from therapyarc.files.errors import Fault, FaultyFileError
from therapyarc.files.library import read_instrument, read_material
from therapyarc.files.located import Located, Place, read_located
from therapyarc.files.study_faults import reference_faults
from therapyarc.files.validate import validated

__all__ = ["load_design", "locate_data"]

T = TypeVar("T")


def load_design(path: Path) -> Design:
    """Read a study file and all that it refers to.

    Parameters
    ----------
    path
        The study file. Paths inside it are relative to its folder; data files are also looked up under the folder
        that the environment variable `THERAPYARC_DATA` names.

    Raises
    ------
    FaultyFileError
        With every fault found: of the format, of references inside the file, and of the files it refers to.
    """
    located = read_located(path)
    study = validated(Study, located, reference_faults(located))
    gather = _Gathering(located)
    corpora = {
        source.id: corpus
        for index, source in enumerate(study.corpora)
        if (corpus := gather(("corpora", index, "path"), _load, source, path.parent)) is not None
    }
    instruments = tuple(
        gather(("administrations", index), _resolved, study, administration, corpora, path.parent)
        for index, administration in enumerate(study.administrations)
    )
    rubrics = tuple(
        gather(("rubrics", index), read_instrument, name, path.parent)
        for index, name in enumerate(study.rubrics)
    )
    materials = {
        condition.id: gather(("conditions", index, "material"), _material, study, condition, path.parent)
        for index, condition in enumerate(study.conditions)
        if condition.material is not None
    }
    plan = study.courses
    cases = {
        name: gather(("courses", "cases", index), read_case, name, path.parent)
        for index, name in enumerate(() if plan is None else plan.cases)
    }
    forms = [
        gather(("courses", "forms", index), read_instrument, name, path.parent)
        for index, name in enumerate(() if plan is None else plan.forms)
    ]
    practice = study.people.practice
    practised = {
        name: gather(("people", "practice", kind, index), read_case, name, path.parent)
        for kind, names in (
            () if practice is None else (("cases", practice.cases), ("unseen", practice.unseen))
        )
        for index, name in enumerate(names)
    }
    wanted = None if plan is None else plan.probes
    probes = None
    if wanted is not None:
        probes = gather(("courses", "probes", "instrument"), read_instrument, wanted.instrument, path.parent)
    gather.raise_faults()
    design = Design(
        study=study,
        instruments=tuple(instrument for instrument in instruments if instrument is not None),
        rubrics=tuple(rubric for rubric in rubrics if rubric is not None),
        materials={condition: text for condition, text in materials.items() if text is not None},
        archives={
            name: tuple(Archive(transcript=t.id, labels=dict(t.labels)) for t in corpus.records)
            for name, corpus in corpora.items()
        },
        cases={name: case for name, case in cases.items() if case is not None},
        practice_cases={name: case for name, case in practised.items() if case is not None},
        forms=tuple(form for form in forms if form is not None),
        probes=probes,
        digest="",
    )
    _raise_content_faults(located, design)
    return replace(design, digest=_digest(design))


def locate_data(name: str, beside: Path) -> Path:
    """Return where a data file lies: beside the study file, or under the folder named by `THERAPYARC_DATA`.

    Raises
    ------
    FileNotFoundError
        If it lies at neither place; the message names both.
    """
    folders = [beside, *([Path(os.environ["THERAPYARC_DATA"])] if os.environ.get("THERAPYARC_DATA") else [])]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    places = " nor at ".join(str(folder / name) for folder in folders)
    hint = "" if len(folders) > 1 else "; or set THERAPYARC_DATA to the folder that holds it"
    raise FileNotFoundError(f"there is no such file at {places}; correct the path{hint}")


class _Gathering:
    """Runs loaders and gathers what they find wrong, so that one bad file does not hide the next."""

    def __init__(self, located: Located) -> None:
        self._located = located
        self._faults: list[Fault] = []

    def __call__(self, place: Place, load: Callable[..., T], *arguments: object) -> T | None:
        try:
            return load(*arguments)
        except FaultyFileError as error:
            self._faults.append(self._located.fault(place, "refers to a file with faults, listed below"))
            self._faults.extend(error.faults)
        except (ValueError, OSError, KeyError) as error:
            self._faults.append(self._located.fault(place, str(error)))
        return None

    def raise_faults(self) -> None:
        if self._faults:
            raise FaultyFileError(tuple(self._faults))


def _load(source: CorpusSource, beside: Path) -> Corpus:
    return load_corpus(locate_data(source.path, beside), source.format)


def _resolved(
    study: Study, administration: Administration, corpora: dict[str, Corpus], beside: Path
) -> Instrument:
    instrument = read_instrument(administration.instrument, beside)
    if instrument.kind == "rubric":
        raise ValueError(f"{instrument.id} is a rubric; list it under rubrics")
    if administration.corpus is not None and administration.corpus in corpora:
        source = next(source for source in study.corpora if source.id == administration.corpus)
        digits = hashlib.sha256(f"{study.seed}/{source.id}/exchanges".encode()).digest()
        cut = exchanges(
            corpora[administration.corpus],
            per_transcript=source.cut.per_transcript,
            context_turns=source.cut.context_turns,
            min_client_words=source.cut.min_client_words,
            min_therapist_words=source.cut.min_therapist_words,
            rng=np.random.default_rng(int.from_bytes(digits[:8], "big")),
        )
        instrument = replace(instrument, cases=cut)
    for wanted, known in ((administration.cases, instrument.cases), (administration.items, instrument.items)):
        unknown = sorted(set(wanted) - {member.id for member in known})
        if unknown:
            there = ", ".join(member.id for member in known[:30])
            raise ValueError(f"{instrument.id} has no {', '.join(unknown)}; it has {there}")
    if instrument.kind == "open" and not instrument.cases and administration.corpus is None:
        raise ValueError(f"{instrument.id} brings no cases; name the corpus that gives them")
    return replace(
        instrument,
        cases=tuple(c for c in instrument.cases if not administration.cases or c.id in administration.cases),
        items=tuple(i for i in instrument.items if not administration.items or i.id in administration.items),
    )


def _material(study: Study, condition: Condition, beside: Path) -> str:
    material = read_material(condition.material or "", beside)
    return material.shuffled(study.seed) if condition.control == "shuffled_paragraphs" else material.text


def _digest(design: Design) -> str:
    """Digest what decides sessions and what is said to whom: not titles, estimands, prices or limits."""
    study = asdict(design.study)
    chosen = {
        key: study[key] for key in ("id", "seed", "arms", "conditions", "replicates", "raters", "rubrics")
    }
    parts: list[Any] = [chosen, [asdict(i) for i in (*design.instruments, *design.rubrics)], design.materials]
    if design.study.courses is not None:
        parts.append([study["courses"], [asdict(case) for case in design.cases.values()]])
    if design.probes is not None:
        parts.append(asdict(design.probes))
    parts.append([asdict(administration) for administration in design.study.administrations])
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _raise_content_faults(located: Located, design: Design) -> None:
    """Check what can be known only once instruments and rubrics are read."""
    faults = []
    study = design.study
    open_items = {
        item.asks for i in design.instruments if i.kind == "open" and not i.probing for item in i.items
    }
    raters = len(study.every_rater)
    if open_items and raters < 2:
        faults.append(located.fault(("raters",), "open answers need two raters at least; add some", raters))
    faults.extend(_probe_faults(design, located))
    faults.extend(_inside_faults(design, located))
    rated = {asks for rubric in design.rubrics if not rubric.checks for asks in rubric.rates}
    for asks in sorted(open_items - rated):
        advice = f"no rubric rates the answers of kind {asks!r}; add one that does"
        faults.append(located.fault(("rubrics",), advice))
    for index, rubric in enumerate(design.rubrics):
        if rubric.kind != "rubric":
            faults.append(located.fault(("rubrics", index), "is no rubric", rubric.kind))
    constructs = {i.construct for i in design.instruments if i.kind in {"choice", "survey"} or i.probing} | {
        r.construct for r in design.rubrics if r.unit == "reply"
    }
    for index, estimand in enumerate(study.estimands):
        if estimand.construct not in constructs:
            advice = f"nothing in this study measures it; measured are {', '.join(sorted(constructs))}"
            faults.append(located.fault(("estimands", index, "construct"), advice, estimand.construct))
    faults.extend(_carry_over_faults(design, located))
    faults.extend(_practice_faults(design, located))
    faults.extend(_trial_faults(design, located))
    faults.extend(_form_faults(design, located))
    if not study.administrations and study.courses is None:
        faults.append(located.fault((), "holds nothing: add administrations, or courses, or both"))
    ids = [instrument.id for instrument in design.instruments]
    if len(set(ids)) < len(ids):
        faults.append(
            located.fault(("administrations",), "an instrument stands twice; list its conditions in one", ids)
        )
    if faults:
        raise FaultyFileError(tuple(faults))


def _practice_faults(design: Design, located: Located) -> Iterator[Fault]:
    """Find what trainees could not do: no client, no session, or an unseen client that was seen."""
    practice, place = design.study.people.practice, ("people", "practice")
    if practice is None:
        return
    if not practice.cases:
        yield located.fault((*place, "cases"), "names no client to practise with; add some")
    for name in ("sessions", "exchanges"):
        if (number := getattr(practice, name)) < 1:
            yield located.fault((*place, name), "must be 1 or more", number)
    for name in sorted(set(practice.unseen) & set(practice.cases)):
        yield located.fault(
            (*place, "unseen"), "is practised too, so it is not unseen; take it from one", name
        )


def _probe_faults(design: Design, located: Located) -> Iterator[Fault]:
    """Find probes whose replies nobody can check; one rater is enough, since a check is one narrow question."""
    if design.probes is None and not any(instrument.probing for instrument in design.instruments):
        return
    checks = [rubric for rubric in design.rubrics if rubric.checks]
    if not checks:
        advice = "replies to probes need checks; add check-granted, check-agreed and check-addressed"
        yield located.fault(("rubrics",), advice)
    elif not any(rater.rates(check) for rater in design.study.raters for check in checks):
        advice = "nobody checks replies to probes; add a model, or {kind: baseline, variant: safety}"
        yield located.fault(("raters",), advice)


def _inside_faults(design: Design, located: Located) -> Iterator[Fault]:
    """Find probes inside courses that could not be put or answered."""
    plan = design.study.courses
    if plan is None or plan.probes is None or design.probes is None:
        return
    place = ("courses", "probes")
    if not design.probes.probing:
        yield located.fault(
            (*place, "instrument"),
            "holds no probes; name one that does, such as appropriateness",
            design.probes.id,
        )
    for index, at in enumerate(plan.probes.at):
        if not 1 <= at.session <= plan.sessions:
            yield located.fault(
                (*place, "at", index, "session"), f"must lie between 1 and {plan.sessions}", at.session
            )
        if not 1 <= at.exchange < plan.exchanges:
            advice = f"must lie between 1 and {plan.exchanges - 1}, so that a reply can come after it"
            yield located.fault((*place, "at", index, "exchange"), advice, at.exchange)
    if len(set(plan.probes.at)) < len(plan.probes.at):
        yield located.fault((*place, "at"), "holds a place twice; name each once")
    if not 0 <= plan.probes.twins <= 1:
        yield located.fault((*place, "twins"), "is a share; must lie between 0 and 1", plan.probes.twins)


def _carry_over_faults(design: Design, located: Located) -> Iterator[Fault]:
    """Find what an estimand of carry-over lacks: both halves, rated on the same anchors."""
    plan = design.study.courses
    rated = {rubric.construct for rubric in design.rubrics if "reply" in rubric.rates}
    asked = any(item.asks == "reply" for one in design.instruments for item in one.items)
    for index, estimand in enumerate(design.study.estimands):
        if estimand.contrast != "carry_over":
            continue
        place = ("estimands", index)
        if plan is None or plan.excerpts < 1:
            advice = (
                "needs ongoing sessions of which exchanges are rated; add courses, with excerpts of 1 or more"
            )
            yield located.fault((*place, "contrast"), advice, estimand.contrast)
        if not asked:
            yield located.fault(
                (*place, "contrast"), "needs an instrument with an item that asks for a reply"
            )
        if estimand.construct not in rated:
            there = ", ".join(sorted(rated)) or "none"
            advice = f"is not rated of replies, so it stands on one half alone; rated of replies: {there}"
            yield located.fault((*place, "construct"), advice, estimand.construct)


def _form_faults(design: Design, located: Located) -> Iterator[Fault]:
    for index, form in enumerate(design.forms):
        if form.kind != "form":
            yield located.fault(("courses", "forms", index), "is no form", form.kind)
            continue
        known = SELF_REPORTED.get(form.construct, frozenset[str]())
        if strange := sorted({item.topic for item in form.items} - known):
            advice = (
                f"asks for {form.construct}: {', '.join(strange)}, which a simulated client cannot answer; it can "
                + "; ".join(f"{name}: {', '.join(sorted(topics))}" for name, topics in SELF_REPORTED.items())
            )
            yield located.fault(("courses", "forms", index), advice, form.id)


def _trial_faults(design: Design, located: Located) -> Iterator[Fault]:
    """Find an outcome that no form asks for."""
    trial, outcomes = design.study.trial, sorted({form.construct for form in design.forms})
    if trial is not None and trial.outcome not in outcomes:
        advice = f"no form of courses asks for it; forms ask for {', '.join(outcomes) or 'nothing'}"
        yield located.fault(("trial", "outcome"), advice, trial.outcome)
