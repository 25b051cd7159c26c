"""`train-coder` and `validate`: the learned coders, trained and tested on people's labels."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.table import Table

from therapyarc.cli.coder_figures import Coded, Figures, annomi_figures, bolt_figures, quality
from therapyarc.cli.coder_mechanisms import mechanism_figures
from therapyarc.cli.coder_outcomes import chatbot_figures, rated_figures
from therapyarc.cli.coder_variations import variation_figures
from therapyarc.coding.behaviours import CODERS, CoderName, coder, encode_with
from therapyarc.coding.features import bare
from therapyarc.coding.learned import ROLES, Encode, LearnedCoder, Linear, Role, write_coder
from therapyarc.coding.training import (
    Example,
    Prediction,
    alone_cross_validate,
    cross_validate,
    fit,
    fit_alone,
    predicted,
)
from therapyarc.coding.utterances import written_utterances
from therapyarc.coding.weights import EncoderAbsentError, fetch_encoder
from therapyarc.domain import Turn
from therapyarc.files.artefact import write_atomically
from therapyarc.files.chatbot import Participant, read_mibot
from therapyarc.files.labelled import Labelled, read_annomi, read_bolt
from therapyarc.files.mechanisms import read_epitome
from therapyarc.files.quality import read_hlqc
from therapyarc.files.rated import read_mindeval

__all__ = ["FOLDS", "Corpus", "example_of", "shipped_coder", "train_coder", "validate_coder", "vary_coder"]

FOLDS = 5
Corpus = Literal["annomi", "bolt", "epitome", "hlqc", "mibot", "mindeval"]
Output = Literal["table", "json"]


def train_coder(
    path: Path, out: Path, seed: int, console: Console, *, name: CoderName = "fast", bolt: Path | None = None
) -> LearnedCoder:
    """Train on AnnoMI-format labels, test by transcripts left out, write weights and a card beside them.

    Utterances in BOLT's format, where given, add heads for its codes.
    """
    encode = encode_with(CODERS[name])
    data = read_annomi(path)
    examples = [example_of(one) for one in data]
    order = np.random.default_rng(seed).permutation(len(data))
    folds = [order[place::FOLDS].tolist() for place in range(FOLDS)]
    console.print(f"{len(data)} transcripts; {FOLDS} folds, no transcript in two", highlight=False)
    written, plain = cross_validate(
        examples,
        encode,
        folds,
        np.random.default_rng(seed),
        lambda line: console.print(line, highlight=False),
    )
    figures = annomi_figures(list(zip(data, written, strict=True)), seed)
    without = annomi_figures([(_shown(one, True), p) for one, p in zip(data, plain, strict=True)], seed)
    final = fit(examples, encode, np.random.default_rng(seed))
    single, singly = ({}, {}) if bolt is None else _bolt(read_bolt(bolt), encode, seed)
    texts = [turn.text for one in data for turn in one.turns]
    texts += [turn.text for one in (read_bolt(bolt) if bolt else ()) for turn in one.turns]
    final = replace(
        final,
        single=single,
        trained_on=tuple(one.id for one in data),
        hashes=frozenset(map(_hash, texts)),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_coder(out, final)
    console.print(_table(figures | singly, "Out of fold, by transcript"))
    console.print(_table(without, "The same without punctuation"))
    card = {
        "coder": name,
        "data": path.name,
        "transcripts": len(data),
        "written_for_the_project": sum(len(written_utterances(role)) for role in ROLES) if bolt else 0,
        "folds": FOLDS,
        "seed": seed,
        "out_of_fold": figures | singly,
        "out_of_fold_without_punctuation": without,
        "confusion": _confusions(data, written),
        "subgroups": _subgroups(data, written, seed),
    }
    write_atomically(out.with_suffix(".json"), (json.dumps(card, indent=1) + "\n").encode())
    console.print(f"weights: {out} ({out.stat().st_size / 1024:.0f} KiB)", highlight=False, soft_wrap=True)
    return final


def shipped_coder(name: CoderName | None, notices: Console) -> CoderName:
    """Return the coder asked for; without one `better`, whose encoder is fetched, or `fast` where it cannot be had."""
    if name is not None:
        return name
    try:
        folder, fetched = fetch_encoder("minilm")
    except EncoderAbsentError as error:
        notices.print(
            f"The coder is `fast`: `better` needs the sentence encoder minilm. {error}", highlight=False
        )
        return "fast"
    if fetched:
        notices.print(f"minilm: fetched to {folder} (Apache-2.0)", highlight=False, soft_wrap=True)
    return "better"


def validate_coder(
    corpus: Corpus,
    path: Path,
    output: Output,
    *,
    name: CoderName,
    leave_out: bool,
    without_punctuation: bool,
    seed: int,
    console: Console,
) -> None:
    """Apply a shipped coder as it is to people's labels, and print every figure with ceiling and bar."""
    learned = coder(name).learned
    if corpus == "epitome":
        figures, known, used = mechanism_figures(read_epitome(path), coder(name), without_punctuation, seed)
        _report(figures, known, used, output, name, leave_out, console)
        return
    if corpus == "mindeval":
        rated = read_mindeval(path)
        made = [(one, predicted(learned, _bare(one.turns, without_punctuation))) for one in rated]
        _report(rated_figures(made, seed), [], len(rated), output, name, leave_out, console)
        return
    answers: Mapping[str, Participant] = {}
    if corpus == "mibot":
        data, answers = read_mibot(path)
    else:
        data = {"annomi": read_annomi, "bolt": read_bolt, "hlqc": read_hlqc}[corpus](path)
    known = [one.id for one in data if _was_trained_on(one, learned)]
    left = set(known) if leave_out else set()
    used_data = [one for one in data if one.id not in left]
    shown = [_shown(one, without_punctuation) for one in used_data]
    coded = [(one, predicted(learned, one.turns)) for one in shown]
    figures = {}
    if coded:
        figures = {
            "annomi": lambda: annomi_figures(coded, seed),
            "bolt": lambda: bolt_figures(coded, seed),
            "hlqc": lambda: quality(coded),
            "mibot": lambda: chatbot_figures(coded, answers, seed),
        }[corpus]()
    _report(figures, known, len(used_data), output, name, leave_out, console)


def vary_coder(path: Path | None, output: Output, *, name: CoderName, seed: int, console: Console) -> None:
    """Print how often the shipped coder decides otherwise when the same is said in another way.

    The turns are those of AnnoMI-format transcripts or, without a path, utterances written for this project, one by one.
    """
    if path is None:
        sessions = [one.turns for role in ROLES for one in written_utterances(role)]
    else:
        sessions = [one.turns for one in read_annomi(path)]
    figures = variation_figures(sessions, coder(name).learned, seed)
    if output == "json":
        console.print_json(json.dumps(dict(figures) | {"coder": name}))
        return
    said = "transcripts" if path else "utterances written for this project"
    console.print(
        _table(figures, f"The shipped coder ({name}) on {len(sessions)} {said}, said in other ways")
    )


def _report(
    figures: Figures,
    known: Sequence[str],
    used: int,
    output: Output,
    name: CoderName,
    leave_out: bool,
    console: Console,
) -> None:
    if output == "json":
        more: dict[str, object] = {"trained_on": list(known), "left_out": leave_out, "coder": name}
        console.print_json(json.dumps(dict(figures) | more))
        return
    console.print(_table(figures, f"The shipped coder ({name}) on {used} transcripts"))
    if known and not leave_out:
        console.print(
            f"{len(known)} of them it was trained on, so these figures flatter it; --leave-out-trained leaves them out. "
            "Its honest figures are those out of fold, in the model card.", highlight=False,
        )  # fmt: skip


def _hash(text: str) -> str:
    return blake2b(bare(text).encode("utf-8", "replace"), digest_size=5).hexdigest()


SHORT = 20
"""Letters below which an utterance may be in any transcript by chance."""


def _was_trained_on(one: Labelled, learned: LearnedCoder) -> bool:
    """Return whether most of a transcript's longer utterances were trained on, whatever its id is."""
    long = [turn.text for turn in one.turns if len(turn.text) >= SHORT] or [turn.text for turn in one.turns]
    return sum(_hash(text) in learned.hashes for text in long) * 2 > len(long)


def _shown(one: Labelled, without_punctuation: bool) -> Labelled:
    if not without_punctuation:
        return one
    return replace(one, turns=_bare(one.turns, True))


def _bare(turns: tuple[Turn, ...], without_punctuation: bool) -> tuple[Turn, ...]:
    if not without_punctuation:
        return turns
    return tuple(Turn(role=turn.role, text=bare(turn.text)) for turn in turns)


def example_of(one: Labelled) -> Example:
    """Return a transcript as it is trained on: every annotator's label, by head."""
    answers = tuple(
        {"main": given, **finer} if given else dict(finer)
        for given, finer in zip(one.given, one.finer, strict=True)
    )
    return Example(one.id, one.turns, answers)


def _bolt(
    data: Sequence[Labelled], encode: Encode | None, seed: int
) -> tuple[Mapping[Role, Linear], Figures]:
    """Train heads of single utterances, and test them on utterances left out."""
    models: dict[Role, Linear] = {}
    figures: Figures = {}
    for role in ROLES:
        own = [one for one in data if one.turns[0].role == role]
        if own:
            examples = [Example(one.id, one.turns, ({"bolt": one.given[0]},)) for one in own]
            extra = written_utterances(role)
            models[role] = fit_alone([*examples, *extra], encode, role)
            order = np.random.default_rng(seed).permutation(len(own))
            folds = [order[place::FOLDS].tolist() for place in range(FOLDS)]
            found = alone_cross_validate(examples, encode, role, folds, extra)
            figures |= bolt_figures(list(zip(own, found, strict=True)), seed)
    return models, figures


def _confusions(data: Sequence[Labelled], made: Sequence[Prediction]) -> dict[str, dict[str, dict[str, int]]]:
    """Count turns by role, people's label and the coder's."""
    result: dict[str, dict[str, dict[str, int]]] = {}
    for role in ROLES:
        labels = made[0].labels[role]["main"]
        table = {a: dict.fromkeys(labels, 0) for a in labels}
        for one, p in zip(data, made, strict=True):
            for place, (turn, label) in enumerate(zip(one.turns, one.labels, strict=True)):
                if turn.role == role and label in table:
                    table[label][labels[int(p.decided[role]["main"][place])]] += 1
        result[role] = table
    return result


def _subgroups(data: Sequence[Labelled], made: Sequence[Prediction], seed: int) -> dict[str, Figures]:
    """Return macro-F1 by quality, by topic (the five with most transcripts) and by length."""
    pairs = list(zip(data, made, strict=True))
    middle = float(np.median([len(one.turns) for one in data]))
    topics = sorted({one.topic for one in data if one.topic})
    most = sorted(topics, key=lambda topic: -sum(one.topic == topic for one in data))[:5]
    groups: dict[str, Coded] = {
        "quality: high": [x for x in pairs if x[0].quality == "high"],
        "quality: low": [x for x in pairs if x[0].quality == "low"],
        f"over {middle:.0f} turns": [x for x in pairs if len(x[0].turns) > middle],
        f"up to {middle:.0f} turns": [x for x in pairs if len(x[0].turns) <= middle],
        **{f"topic: {topic}": [x for x in pairs if x[0].topic == topic] for topic in most},
    }
    wanted = ("therapist_macro_f1", "client_macro_f1")
    return {
        name: {key: value for key, value in annomi_figures(group, seed).items() if key in wanted}
        for name, group in groups.items()
        if len(group) >= 2
    }


def _table(figures: Figures, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("figure", "value", "95% interval (transcripts)", "ceiling", "bar"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for name, one in figures.items():
        shown = [
            "-" if one[key] is None else f"{one[key]:.3f}"
            for key in ("value", "low", "high", "ceiling", "bar")
        ]
        table.add_row(name, shown[0], f"{shown[1]} to {shown[2]}", shown[3], shown[4])
    return table
