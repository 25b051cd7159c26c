"""Speed and memory of courses: `python benchmarks/courses.py`.

1. Scripted therapist with scripted client: exchanges a second on one core, and peak memory by number of courses.
2. A model therapist through Inspect, with a model that answers at once: CPU a call beside (a) the same model called in a
   bare asyncio loop and (b) the same number of calls in a bare Inspect solver. (ours - b) is our own share.
Figures are ratios of one run on one machine; docs/explanation/performance.md holds those of the last run.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    get_model,
    modelapi,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolChoice, ToolInfo

from therapyarc.dialogue.client.dynamics import coefficients
from therapyarc.dialogue.course import CoursePlan, hold
from therapyarc.dialogue.script import script_therapist
from therapyarc.domain.assignment import allocate_courses
from therapyarc.domain.design import Design
from therapyarc.files.cases import case_ids, read_case
from therapyarc.files.study import load_design
from therapyarc.tasks.courses import hold_courses

STUDY = """\
schema: therapyarc/study/1
id: benchmark
title: A synthetic study for a benchmark
seed: 1
arms: [{id: one, label: One, actors: [{id: a, kind: model, model: instant/one}]}]
courses: {cases: [nadia], sessions: 1, exchanges: EXCHANGES, replicates: SESSIONS, memory: none, forms: []}
limits: {max_connections: 50, max_retries: 0, timeout_s: 60}
"""
REPLY = "It sounds as if you felt alone there. What happened just before that?"


class InstantAPI(ModelAPI):
    """A model that answers at once."""

    def __init__(self, model_name: str, base_url: str | None = None, api_key: str | None = None,
                 config: GenerateConfig | None = None) -> None:  # fmt: skip
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())

    async def generate(self, input: list[object], tools: list[ToolInfo], tool_choice: ToolChoice,  # type: ignore[override]  # noqa: A002
                       config: GenerateConfig) -> ModelOutput:  # fmt: skip
        """Return the one reply."""
        return answer()

    async def count_text_tokens(self, text: str) -> int:
        """Four characters a token."""
        return len(text) // 4


@modelapi(name="instant")
def instant() -> type[ModelAPI]:
    """Return the provider's class."""
    return InstantAPI


def answer() -> ModelOutput:
    """Return what the instant model returns."""
    output = ModelOutput.from_content("one", REPLY)
    output.usage = ModelUsage(input_tokens=100, output_tokens=15, total_tokens=115)
    return output


def scripted(courses: int) -> tuple[int, float]:
    """Hold scripted courses and return (exchanges, seconds of CPU)."""
    cases = [read_case(name, Path.cwd()) for name in case_ids()]

    async def all_courses() -> int:
        exchanges = 0
        for number in range(courses):
            plan = CoursePlan(
                course=str(number), sessions=tuple(f"{number}-{n}" for n in range(6)), exchanges=20, memory="summary",
                seed=7919 * number, planted_acts=True,
            )  # fmt: skip
            therapist = script_therapist("skilled", {"q": 0.7})
            held = await hold(plan, cases[number % len(cases)], therapist, coefficients())
            exchanges += sum(len(one.trace.turns) for one in held)
        return exchanges

    begun = time.process_time()
    return asyncio.run(all_courses()), time.process_time() - begun


def peak_mib() -> float:
    """Return the peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu(work: Callable[[], object]) -> float:
    """Return the seconds of CPU that some work took."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def bare_loop(calls: int) -> None:
    """Call the instant model in a bare asyncio loop."""

    async def loop() -> None:
        for _ in range(calls):
            answer()
            await asyncio.sleep(0)

    asyncio.run(loop())


def bare_inspect(sessions: int, exchanges: int, logs: str) -> None:
    """Make the same calls in a bare Inspect solver, the messages growing as in a session."""

    @solver(name="bare")
    def bare() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            model = get_model()
            for _ in range(exchanges):
                state.messages.append(
                    ChatMessageUser(content="I was alone in the kitchen again, and then it got dark.")
                )
                output = await model.generate(state.messages)
                state.messages.append(output.message)
            return state

        return solve

    inspect_eval(
        Task(dataset=[Sample(id=n, input="-") for n in range(sessions)], solver=bare()), model="instant/one",
        display="none", log_dir=logs, log_level="error", log_realtime=True, max_samples=50, max_connections=50,
    )  # fmt: skip


def planned(sessions: int, exchanges: int, folder: str) -> Design:
    """Read the study, which a run does once."""
    path = Path(folder) / "study.yaml"
    path.write_text(STUDY.replace("SESSIONS", str(sessions)).replace("EXCHANGES", str(exchanges)))
    return load_design(path)


def ours(design: Design, folder: str) -> None:
    """Hold the sessions as a run does, replies on disk, records in memory."""
    hold_courses(
        design,
        allocate_courses(design),
        {},
        logs=Path(folder) / "logs",
        on_held=lambda _: None,
        on_call=lambda _: None,
    )


def main() -> None:
    """Run both benchmarks and print their figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--courses", type=int, default=1000)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--exchanges", type=int, default=20)
    options = parser.parse_args()
    scripted(5)
    few, _ = scripted(options.courses // 10), peak_mib()
    memory = peak_mib()
    exchanges, seconds = scripted(options.courses)
    print(f"scripted: {exchanges:,} exchanges, {exchanges / seconds:,.0f} a second on one core")
    print(f"peak memory: {memory:.0f} MiB after {options.courses // 10} courses ({few[0]:,} exchanges), "
          f"{peak_mib():.0f} MiB after {options.courses} more")  # fmt: skip
    calls = options.sessions * options.exchanges
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        tempfile.TemporaryDirectory() as warm,
    ):
        bare_inspect(2, 2, warm)
        ours(planned(2, 2, warm), warm)
        design = planned(options.sessions, options.exchanges, two)
        loop = cpu(lambda: bare_loop(calls)) / calls * 1e3
        inspect = cpu(lambda: bare_inspect(options.sessions, options.exchanges, one)) / calls * 1e3
        own = cpu(lambda: ours(design, two)) / calls * 1e3
    print(f"CPU a call: bare loop {loop:.3f} ms, bare Inspect {inspect:.2f} ms, ours {own:.2f} ms "
          f"(our own share {own - inspect:.2f} ms)")  # fmt: skip


if __name__ == "__main__":
    main()
