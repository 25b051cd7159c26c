"""The layers of attention: exact slopes, the same alone and among others, and what only a turn before tells is learned."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from therapyarc.coding import attention_training
from therapyarc.coding.attention import (
    BEFORE,
    OWN,
    Attention,
    Encoded,
    States,
    forward,
    padded,
    reading,
)
from therapyarc.coding.attention_training import begun, fit_attention, gradients, slope
from therapyarc.coding.learned import read_coder, write_coder
from therapyarc.coding.training import Example, fit
from therapyarc.domain import Turn

STATE = 384


def state_of(word: str) -> NDArray[np.float16]:
    seed = int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "big")
    drawn: NDArray[np.float64] = np.random.default_rng(seed).normal(size=STATE)
    return drawn.astype(np.float16)


def encode(texts: Sequence[str]) -> Encoded:
    states = [np.stack([state_of(word) for word in ["[", *text.split(), "]"]]) for text in texts]
    means = np.stack([of.astype(np.float32).mean(axis=0) for of in states])
    return Encoded(np.stack([means, means], axis=1), states)


def made(monkeypatch: pytest.MonkeyPatch, **values: float) -> None:
    for name, value in values.items():
        monkeypatch.setattr(attention_training, name, value)


def test_slopes_are_those_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Central differences in double precision, with the same parts left out each time."""
    made(monkeypatch, WIDTH=12, HEADS=3, WIDE=20)
    rng = np.random.default_rng(0)
    first = begun(rng.normal(size=STATE).astype(np.float32), np.full(STATE, 0.9, np.float32), 5, rng)
    weights: dict[str, Any] = {name: w + 0.05 * rng.normal(size=w.shape) for name, w in first.items()}
    sizes = ((3, 2), (1, 4), (4, 1))
    seen = padded([[(rng.normal(size=(n, STATE)), 0), (rng.normal(size=(m, STATE)), 3)] for n, m in sizes])
    seen = seen._replace(states=seen.states.astype(np.float64))
    target: Any = np.array([[1, 0, 0, 0.5, 0.5], [0, 0, 0, 0, 1], [0, 0.3, 0.7, 0, 0]])
    weight: Any = np.array([1, 2, 0.5, 1, 3])
    heads = [slice(0, 3), slice(3, 5)]

    def loss(of: dict[str, Any]) -> float:
        logits = forward(of, seen, np.random.default_rng(1)).logits
        total = 0.0
        for part in heads:
            z = logits[:, part]
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            total -= float((target[:, part] * weight[part] * log_p).sum()) / len(z)
        return total

    passed = forward(weights, seen, np.random.default_rng(1))
    found = gradients(weights, seen, passed, slope(passed.logits, target, weight, heads))
    assert found.keys() == weights.keys() - {"mean", "scale"}
    for name, of_weight in found.items():
        for _ in range(5):
            at = tuple(int(rng.integers(0, n)) for n in of_weight.shape)
            sides = []
            for step in (1e-5, -1e-5):
                moved = weights | {name: weights[name].copy()}
                moved[name][at] += step
                sides.append(loss(moved))
            assert (sides[0] - sides[1]) / 2e-5 == pytest.approx(of_weight[at], rel=1e-4, abs=1e-7), name


def test_a_turn_is_read_with_those_beside_it_and_no_more() -> None:
    turns = [Turn(role=("client", "therapist")[n % 2], text="") for n in range(5)]
    states = [np.full((100, STATE), n, np.float16) for n in range(5)]
    states[2][:, 0] = np.arange(100)
    own, before, earlier, after = reading(turns, states, 2)
    assert [int(words[0, 1]) for words, _ in (own, before, earlier, after)] == [2, 1, 0, 3]
    assert [place for _, place in (own, before, earlier, after)] == [1, 2, 5, 6]
    assert own[0][:, 0].tolist() == [*range(OWN // 2), *range(100 - OWN // 2, 100)]
    assert len(before[0]) == BEFORE
    assert len(reading(turns, states, 0)) == 2
    assert len(reading(turns, states, 4)) == 3


def session(number: int) -> tuple[list[Turn], list[str]]:
    """A client's word has one meaning after one word of the therapist, and the other after another."""
    turns, labels = [], []
    for place in range(6):
        asked = (number + place) % 2
        turns += [
            Turn(role="therapist", text=f"w{number} {'would you' if asked else 'did you'} v{place}"),
            Turn(role="client", text=f"yes u{(number * 7 + place) % 5}"),
        ]
        labels += ["", "change" if asked else "neutral"]
    return turns, labels


def taught(states_of: Sequence[list[States]], sessions: Sequence[tuple[list[Turn], list[str]]]) -> Attention:
    rows, share = [], []
    for (turns, labels), states in zip(sessions, states_of, strict=True):
        for place, label in enumerate(labels):
            if label:
                rows.append(reading(turns, states, place))
                share.append([label == "change", label == "neutral"])
    target = np.array(share, dtype=np.float32)
    return fit_attention(
        rows, rows, {("client", "main"): (("change", "neutral"), target)}, np.random.default_rng(0)
    )


def test_what_only_the_turn_before_tells_is_learned_and_does_not_depend_on_the_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made(monkeypatch, LAYERS=1, STEPS=200, _RATE=1e-3)
    sessions = [session(number) for number in range(60)]
    states = [encode([turn.text for turn in turns]).states for turns, _ in sessions]
    learned = taught(states[:50], sessions[:50])
    right = []
    for (turns, labels), of in zip(sessions[50:], states[50:], strict=True):
        logs = learned.log_chances(turns, of, range(len(turns)))
        alone = np.vstack([learned.log_chances(turns, of, [row]) for row in range(len(turns))])
        np.testing.assert_allclose(logs, alone, atol=1e-4)
        right += [
            ("change", "neutral")[int(row.argmax())] == label
            for row, label in zip(logs, labels, strict=True)
            if label
        ]
    assert np.mean(right) > 0.95


def test_a_coder_with_attention_is_the_same_once_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(monkeypatch, LAYERS=2, STEPS=10)
    examples = []
    for number in range(10):
        turns, labels = session(number)
        answers = tuple(
            {"main": (label,)} if label else {"main": ("question" if "would" in turn.text else "other",)}
            for turn, label in zip(turns, labels, strict=True)
        )
        examples.append(Example(str(number), tuple(turns), answers))
    coder = fit(examples, encode, np.random.default_rng(0))
    assert coder.attention is not None
    write_coder(tmp_path / "own.npz", coder)
    again = read_coder(tmp_path / "own.npz", encode)
    turns, _ = session(11)
    before, after = coder.heads(turns), again.heads(turns)
    for role, heads in before.items():
        for name, p in heads.items():
            np.testing.assert_allclose(p, after[role][name], atol=2e-3)
            np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-4)
    with pytest.raises(ValueError, match="needs the sentence encoder"):
        read_coder(tmp_path / "own.npz")
