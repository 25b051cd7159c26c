"""ConvoKit corpora and Inspect's logs, in the forms in which their own programs write them."""

import json
import zipfile
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
from inspect_ai.solver import Generate, Solver, TaskState, solver

from therapyarc.files.spoken import read_spoken


def corpus(folder: Path, speakers: object, utterances: list[dict[str, object]]) -> Path:
    folder.mkdir()
    (folder / "utterances.jsonl").write_text("".join(json.dumps(one) + "\n" for one in utterances))
    (folder / "speakers.json").write_text(json.dumps(speakers))
    (folder / "conversations.json").write_text(json.dumps({"k1": {"meta": {}}}))
    (folder / "corpus.json").write_text("{}")
    (folder / "index.json").write_text("{}")
    return folder


def utterance(name: str, conversation: str, who: str, text: str, at: object = None) -> dict[str, object]:
    return {
        "id": name, "conversation_id": conversation, "text": text, "speaker": who, "meta": {}, "reply-to": None,
        "timestamp": at, "vectors": [],
    }  # fmt: skip


def test_a_convokit_corpus_with_roles_of_its_speakers(tmp_path: Path) -> None:
    folder = corpus(
        tmp_path / "talks",
        {
            "s1": {"meta": {"role": "counselor"}, "vectors": []},
            "s2": {"meta": {"role": "client"}, "vectors": []},
        },
        [
            utterance("a", "k1", "s1", "How was it?", 1),
            utterance("b", "k2", "s2", "Other.", 9),
            utterance("c", "k1", "s2", "Bad.", 3),
            utterance("d", "k1", "s1", "Tell me.", 4),
            utterance("e", "k1", "s2", "Yes.", 2),
            utterance("f", "k1", "s3", "A stranger.", 5),
            {"id": "g", "text": "lost"},
        ],
    )
    heard = read_spoken([folder])
    assert [one.id for one in heard.transcripts] == ["k1", "k2"]
    assert [(t.role, t.text) for t in heard.transcripts[0].turns] == [
        ("therapist", "How was it?"),
        ("client", "Yes. Bad."),
        ("therapist", "Tell me."),
    ]
    assert [fault.line for fault in heard.faults] == [7, 6]
    assert "--speaker 's3=client'" in heard.faults[1].advice


def test_a_convokit_corpus_of_the_first_format_among_other_files(tmp_path: Path) -> None:
    folder = corpus(tmp_path / "old", {}, [])
    (folder / "utterances.jsonl").write_text(
        "".join(
            json.dumps({"id": str(n), "root": "r", "user": who, "text": f"words {n}", "timestamp": None})
            + "\n"
            for n, who in enumerate(["Ana", "Bo", "Ana"])
        )
    )
    (tmp_path / "more.txt").write_text("T: Hello?\nC: Hm.")
    heard = read_spoken([tmp_path], {"Ana": "client", "Bo": "therapist"})
    assert [one.id for one in heard.transcripts] == ["more", "old/r"]
    assert [t.role for t in heard.transcripts[1].turns] == ["client", "therapist", "client"]
    assert not heard.faults


@solver
def reply() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        del generate
        state.messages.append(ChatMessageAssistant(content="That sounds hard. " * 20))
        if state.sample_id == "fails":
            raise ValueError("planted")
        return state

    return solve


@pytest.mark.parametrize("form", ["eval", "json"])
def test_logs_as_inspect_writes_them(tmp_path: Path, form: str) -> None:
    first: list[ChatMessage] = [
        ChatMessageSystem(content="Be kind."),
        ChatMessageUser(content="I feel so low. " * 20),
    ]
    samples = [Sample(id="a b/1", input=first), Sample(id="fails", input="Hm.")]
    inspect_eval(
        Task(dataset=samples, solver=reply()),
        model="mockllm/model",
        display="none",
        log_dir=str(tmp_path),
        log_format="eval" if form == "eval" else "json",
        fail_on_error=False,
        log_level="critical",
    )
    heard = read_spoken([tmp_path])
    by_id = {one.id: [(turn.role, turn.text) for turn in one.turns] for one in heard.transcripts}
    assert by_id["a b/1, epoch 1"] == [
        ("client", ("I feel so low. " * 20).strip()),
        ("therapist", ("That sounds hard. " * 20).strip()),
    ]
    assert [fault.advice.split(":")[0] for fault in heard.faults] == ["sample fails, epoch 1"]


def test_a_plain_zip_is_read_as_well_and_broken_members_are_told(tmp_path: Path) -> None:
    message = [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]
    with zipfile.ZipFile(tmp_path / "a.eval", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/1_epoch_1.json", json.dumps({"id": 1, "epoch": 1, "messages": message}))
        archive.writestr("samples/2_epoch_1.json", "{broken")
        archive.writestr("samples/3_epoch_1.json", json.dumps({"id": 3}))
        archive.writestr("header.json", "{}")
    heard = read_spoken([tmp_path / "a.eval"])
    assert [one.id for one in heard.transcripts] == ["1, epoch 1"]
    assert "samples/2_epoch_1.json" in heard.faults[0].advice
    assert "without messages" in heard.faults[1].advice


def test_half_an_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.eval").write_bytes(b"PK\x03\x04" + b"x" * 50)
    heard = read_spoken([tmp_path / "a.eval"])
    assert not heard.transcripts
    assert "check that it is whole" in heard.faults[0].advice
