"""The commands."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from therapyarc import __version__
from therapyarc.cli.calibrate import CalibrationFailedError
from therapyarc.cli.calibrate import calibrate as run_calibration
from therapyarc.cli.cases import show_cases
from therapyarc.cli.check import check_study
from therapyarc.cli.coder import Corpus, train_coder, validate_coder
from therapyarc.cli.compare import CompareError, compare_file
from therapyarc.cli.measure import MeasureError, measure_files
from therapyarc.cli.measures import UnknownMeasureError, list_measures, show_measure
from therapyarc.cli.run import RunIncompleteError, run_study
from therapyarc.cli.scaffold import ScaffoldError, scaffold
from therapyarc.coding.weights import NAME as ENCODER
from therapyarc.coding.weights import EncoderAbsentError, fetch_encoder
from therapyarc.dialogue.script import PolicyError
from therapyarc.files.cases import is_case
from therapyarc.files.errors import ArtefactError, FaultyFileError, RunLockedError, UnwritableError
from therapyarc.files.schema import schema_of
from therapyarc.measures import RegistryError
from therapyarc.tasks.embedded.engine import EngineError
from therapyarc.tasks.embedded.weights import CATALOGUE, WeightsError, fetch

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Does a therapist's advantage on single replies carry over to ongoing therapy?",
)
models = typer.Typer(no_args_is_help=True, help="Weights of the embedded models.")
app.add_typer(models, name="models")
measures = typer.Typer(help="What can be measured; lists all without a further word.")
app.add_typer(measures, name="measures")

_EXPECTED = (
    ArtefactError,
    CalibrationFailedError,
    CompareError,
    EncoderAbsentError,
    EngineError,
    FaultyFileError,
    MeasureError,
    PolicyError,
    RegistryError,
    RunIncompleteError,
    RunLockedError,
    ScaffoldError,
    UnknownMeasureError,
    UnwritableError,
    WeightsError,
)

OutputFormat = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print.")]
StudyFile = Annotated[Path, typer.Argument(help="The study file (study.yaml).")]


@app.command()
def run(
    study: StudyFile,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; by default runs/STUDY-ID.")] = None,
) -> None:
    """Conduct, rate, measure, analyse and report a study; picks up where an earlier run stopped."""
    run_study(study, out, Console())


@app.command()
def check(
    study: StudyFile,
    draws: Annotated[int, typer.Option(help="Simulated studies behind each power figure.")] = 300,
) -> None:
    """Validate a study and show its design, its calls and cost, and the power of its contrasts; or validate a case."""
    if is_case(study):
        show_cases(str(study.resolve()), Console())
        Console().print(f"{study} is a complete case.", highlight=False, soft_wrap=True)
        return
    check_study(study, Console(), draws)


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Make the folder of a new study with a commented study file to start from."""
    Console().print(
        f"wrote {scaffold(folder)}; next: therapyarc check {folder / 'study.yaml'}", soft_wrap=True
    )


@app.command()
def compare(
    file: Annotated[Path, typer.Argument(help="CSV file with one row a participant.")],
    group: Annotated[str, typer.Option(help="Column that names the two groups.")],
    value: Annotated[list[str], typer.Option(help="Column to compare; give it several times for several.")],
    output: OutputFormat = "table",
) -> None:
    """Compare two groups in a table of your own, with every p variant named."""
    compare_file(file, group, value, output, Console())


@app.command()
def calibrate(
    courses: Annotated[
        int, typer.Option(help="Simulated courses a condition; at least 40 for a verdict.")
    ] = 40,
    seed: Annotated[int, typer.Option(help="From which all randomness comes.")] = 1,
    sensitivity: Annotated[int, typer.Option(help="Redraw the coefficients so many times.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder of a run whose report shall show the result.")
    ] = None,
) -> None:
    """Test the instrument: planted truths must be recovered, and nothing found where nothing was planted."""
    run_calibration(Console(), courses=courses, seed=seed, sensitivity=sensitivity, out=out)


@app.command()
def cases(
    case: Annotated[
        str | None, typer.Argument(help="Id of a library case, or a path; none lists all.")
    ] = None,
) -> None:
    """List the simulated clients of the library, or show one with its formulation, facts and weeks."""
    show_cases(case, Console())


@app.command()
def measure(
    files: Annotated[
        list[Path], typer.Argument(help="Transcripts (.txt, .vtt, .srt, .csv, .jsonl) or folders of them.")
    ],
    speaker: Annotated[
        list[str] | None, typer.Option(help="NAME=client or NAME=therapist; give it several times.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Parquet file to write.")] = Path("measurements.parquet"),
    surrogates: Annotated[
        int, typer.Option(help="Surrogates a session for what chance gives; 0 for none.")
    ] = 100,
    seed: Annotated[int, typer.Option(help="From which the surrogates are drawn.")] = 1,
) -> None:
    """Measure transcripts of your own: talk, client speech, and synchrony beside what chance gives; nothing leaves here."""
    measure_files(files, speaker or [], out, surrogates, seed, Console())


@measures.callback(invoke_without_command=True)
def measures_all(context: typer.Context) -> None:
    """List every measure where nothing else is asked."""
    if context.invoked_subcommand is None:
        list_measures("table", Console())


@measures.command("list")
def measures_list(output: OutputFormat = "table") -> None:
    """List every measure, those of other packages with them."""
    list_measures(output, Console())


@measures.command("show")
def measures_show(
    name: Annotated[str, typer.Argument(help="Name of the measure.")], output: OutputFormat = "table"
) -> None:
    """Show one measure: definition, range, ends, what it needs, what is known of it, source, licence."""
    show_measure(name, output, Console())


@app.command("train-coder")
def train(
    file: Annotated[
        Path, typer.Argument(exists=True, help="Labelled transcripts in AnnoMI's original format.")
    ],
    out: Annotated[Path, typer.Option(help="Weights to write (.npz); a card goes beside them.")] = Path(
        "coder.npz"
    ),
    coder: Annotated[
        Literal["fast", "better"], typer.Option(help="With the sentence encoder or without.")
    ] = "fast",
    bolt: Annotated[
        Path | None, typer.Option(exists=True, help="Utterances in BOLT's format, for heads of its codes.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the folds.")] = 0,
) -> None:
    """Train the behaviour coder on labels of your own, and test it on transcripts left out."""
    train_coder(file, out, seed, Console(), name=coder, bolt=bolt)


@app.command()
def validate(
    corpus: Annotated[Corpus, typer.Argument(help="Format of the labels.")],
    file: Annotated[Path, typer.Argument(exists=True, help="Your copy of the corpus: its file or folder.")],
    output: OutputFormat = "table",
    coder: Annotated[Literal["fast", "better"], typer.Option(help="Which of the shipped coders.")] = "fast",
    leave_out_trained: Annotated[
        bool, typer.Option(help="Leave out transcripts that the coder was trained on.")
    ] = False,
    without_punctuation: Annotated[
        bool, typer.Option(help="Take away punctuation and capitals first, as in recognised speech.")
    ] = False,
    seed: Annotated[int, typer.Option(help="From which intervals are drawn.")] = 0,
) -> None:
    """Apply the shipped coder as it is to people's labels: every figure with interval, ceiling and bar."""
    validate_coder(
        corpus,
        file,
        output,
        name=coder,
        leave_out=leave_out_trained,
        without_punctuation=without_punctuation,
        seed=seed,
        console=Console(),
    )


@app.command()
def schema(
    kind: Annotated[Literal["study", "instrument", "case"], typer.Argument(help="Kind of file.")],
) -> None:
    """Print the JSON Schema of study, instrument or case files, for editors."""
    typer.echo(json.dumps(schema_of(kind), indent=2))


@models.command("fetch")
def models_fetch(
    name: Annotated[str, typer.Argument(help="Model to fetch; without it, all.")] = "",
) -> None:
    """Bring embedded models' weights into the cache; does nothing where they are there."""
    if name in {"", ENCODER}:
        folder, fetched = fetch_encoder()
        typer.echo(f"{ENCODER}: {'fetched to' if fetched else 'already at'} {folder} (Apache-2.0)")
    for each in CATALOGUE if not name else [name] if name != ENCODER else []:
        path, fetched = fetch(each)
        typer.echo(
            f"embedded/{each}: {'fetched to' if fetched else 'already at'} {path} ({CATALOGUE[each].licence})"
        )


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Does a therapist's advantage on single replies carry over to ongoing therapy?"""


def main() -> None:
    """Run the command line; expected errors are one message and exit code 1, never a traceback."""
    try:
        app()
    except _EXPECTED as error:
        Console(stderr=True).print(str(error), style="red", soft_wrap=True, markup=False, highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; everything finished is kept. Run the same command to go on.")
        sys.exit(130)
