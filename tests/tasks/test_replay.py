"""Replies that a killed run left behind are found again, and only for the same request."""

from pathlib import Path

import pytest
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, GenerateConfig, ModelOutput

from therapyarc.tasks.replay import Replies, request_key

MESSAGES: list[ChatMessage] = [
    ChatMessageSystem(content="Listen."),
    ChatMessageUser(content="I’m tired.\n\ud83d\ude42"),
]


def key(**change: object) -> str:
    given: dict[str, object] = {
        "model": "fake/one", "messages": MESSAGES, "config": GenerateConfig(seed=1, temperature=0.5), "session": "s1",
        "purpose": "say/1",
    }  # fmt: skip
    return request_key(**(given | change))  # type: ignore[arg-type]  # the names are those of the parameters


@pytest.mark.parametrize(
    "change",
    [
        {"model": "fake/two"},
        {"session": "s2"},
        {"purpose": "say/2"},
        {"config": GenerateConfig(seed=2, temperature=0.5)},
        {"config": GenerateConfig(seed=1, temperature=0.6)},
        {"config": GenerateConfig(seed=1, temperature=0.5, max_tokens=5)},
        {"messages": MESSAGES[:1]},
        {"messages": [ChatMessageUser(content="Listen."), MESSAGES[1]]},
        {
            "messages": [
                ChatMessageSystem(content="Listen.I"),
                ChatMessageUser(content="’m tired.\n\ud83d\ude42"),
            ]
        },
    ],
)
def test_a_key_differs_with_all_that_was_asked(change: dict[str, object]) -> None:
    assert key() == key()
    assert key(**change) != key()


def test_a_reply_outlives_the_process_and_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "logs" / ".replies.jsonl"
    first = Replies(path)
    kept = ModelOutput.from_content("one", "You sound worn out.\nWhat – happened? “x”\t☃")
    first.keep(key(), kept)
    assert first.find(key()) is None, "replies of this process are not asked for twice"
    first.close()
    with path.open("ab") as file:
        file.write(f'{key(purpose="say/2")}\t{{"model":'.encode())
    second = Replies(path)
    assert second.find(key(purpose="say/2")) is None
    second.keep(key(purpose="say/3"), kept)
    found = second.find(key())
    assert found is not None
    assert found.completion == kept.completion
    assert found.message.id == kept.message.id
    second.close()
    third = Replies(path)
    assert third.find(key(purpose="say/3")) is not None
    third.close()
