"""The commands."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from therapyarc import __version__
from therapyarc.analysis.placement import Group
from therapyarc.cli.appropriateness import validate_appropriateness
from therapyarc.cli.batches import BatchError
from therapyarc.cli.calibrate import CalibrationFailedError
from therapyarc.cli.calibrate import calibrate as run_calibration
from therapyarc.cli.cases import show_cases
from therapyarc.cli.check import check_study
from therapyarc.cli.code import CodingError, CodingRequest, code_files
from therapyarc.cli.coder import shipped_coder, train_coder, validate_coder, vary_coder
from therapyarc.cli.compare import CompareError, compare_file
from therapyarc.cli.lines import UnknownLineError, show_lines
from therapyarc.cli.measure import MeasureError, Wanted, measure_files
from therapyarc.cli.measures import UnknownMeasureError, list_measures, show_measure
from therapyarc.cli.meta import meta_file
from therapyarc.cli.people import PEOPLE_ERRORS, invite_people, serve_study, verify_audit
from therapyarc.cli.people_demo import demo_people
from therapyarc.cli.people_privacy import (
    back_up,
    diagnose,
    erase,
    export_own,
    keep_name,
    restore_copy,
    retain,
)
from therapyarc.cli.plan import plan_study
from therapyarc.cli.run import RunIncompleteError, run_study
from therapyarc.cli.safety import SafetyError, SafetyLimits, SafetyRequest, check_safety
from therapyarc.cli.scaffold import ScaffoldError, scaffold
from therapyarc.cli.sensitivity import SensitivityError, rerun
from therapyarc.coding.behaviours import CoderName
from therapyarc.coding.kept_codes import passed_on
from therapyarc.coding.weights import ENCODERS, EncoderAbsentError, fetch_encoder
from therapyarc.dialogue.script import PolicyError
from therapyarc.domain import ActsCoder
from therapyarc.files.cases import is_case
from therapyarc.files.errors import ArtefactError, FaultyFileError, RunLockedError, UnwritableError
from therapyarc.files.preregistration import PlanFrozenError
from therapyarc.files.schema import schema_of
from therapyarc.files.trials import TrialTableError
from therapyarc.measures import RegistryError
from therapyarc.tasks.embedded.engine import EngineError
from therapyarc.tasks.embedded.weights import CATALOGUE, WeightsError, fetch
from therapyarc.tasks.reach import ModelUnavailableError

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
audit = typer.Typer(no_args_is_help=True, help="The trail of what people and operators did.")
app.add_typer(audit, name="audit")
people = typer.Typer(
    no_args_is_help=True, help="People's data: names, export, erasure, retention, backup, doctor."
)
app.add_typer(people, name="people")

_EXPECTED = (
    ArtefactError,
    BatchError,
    CalibrationFailedError,
    CodingError,
    CompareError,
    EncoderAbsentError,
    EngineError,
    FaultyFileError,
    MeasureError,
    ModelUnavailableError,
    PlanFrozenError,
    PolicyError,
    RegistryError,
    SensitivityError,
    RunIncompleteError,
    RunLockedError,
    SafetyError,
    ScaffoldError,
    TrialTableError,
    UnknownLineError,
    UnknownMeasureError,
    UnwritableError,
    WeightsError,
    *PEOPLE_ERRORS,
)

OutputFormat = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print.")]
Validated = Literal["annomi", "bolt", "epitome", "hlqc", "mibot", "mindeval", "appropriateness", "variations"]
StudyFile = Annotated[Path, typer.Argument(help="The study file (study.yaml).")]
Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        help="Database: a path, or postgresql://USER:PASSWORD@HOST/NAME; by default runs/STUDY-ID/people.db.",
    ),
]


@app.command()
def run(
    study: StudyFile,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; by default runs/STUDY-ID.")] = None,
    people: Annotated[
        str | None,
        typer.Option(help="Database of people's answers: path or URL; by default people.db in the folder."),
    ] = None,
) -> None:
    """Conduct, rate, measure, analyse and report a study; picks up where an earlier run stopped."""
    run_study(study, out, Console(), people)


@app.command()
def serve(
    study: StudyFile,
    db: Database = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    url: Annotated[
        str | None,
        typer.Option(help="Public https address, where a reverse proxy stands before this server."),
    ] = None,
) -> None:
    """Serve the pages on which people take part."""
    serve_study(study, db, host, port, url, Console())


@app.command()
def invite(
    study: StudyFile,
    role: Annotated[
        Literal["therapist", "rater", "trainee", "researcher"], typer.Option(help="What they come to do.")
    ],
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 1,
    arm: Annotated[
        str | None,
        typer.Option(help="For therapists: an arm; without it, places are taken as the seed draws."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Days that the links hold.")] = 90,
    url: Annotated[str, typer.Option(help="Public address of the pages.")] = "http://127.0.0.1:8000",
    db: Database = None,
) -> None:
    """Make invitations and print their links, once."""
    invite_people(study, role, count, db=db, url=url, days=days, arm=arm, console=Console())


@audit.command("verify")
def audit_verify(
    study: StudyFile,
    head: Annotated[
        str | None, typer.Option(help="A head noted earlier; it must stand in the trail.")
    ] = None,
    db: Database = None,
) -> None:
    """Check that no event of the audit trail was changed, removed or inserted."""
    verify_audit(study, db, head, Console())


KeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="File of the key of names; by default people.key beside the database."),
]
Pseudonym = Annotated[
    str, typer.Argument(help="Pseudonym, as invitations and the researchers' page show it.")
]


@people.command("name")
def people_name(
    study: StudyFile,
    participant: Pseudonym,
    db: Database = None,
    key: KeyFile = None,
    text: Annotated[
        str, typer.Option(prompt="Name and address", help="Asked for where it is not given.")
    ] = "",
) -> None:
    """Keep a person's name or address, sealed with a key that lies outside the database."""
    keep_name(study, participant, text, db, key, Console())


@people.command("export")
def people_export(
    study: StudyFile,
    participant: Pseudonym,
    out: Annotated[Path | None, typer.Option(help="File to write; by default the terminal.")] = None,
    db: Database = None,
    key: KeyFile = None,
) -> None:
    """Print all that is held of one person as JSON."""
    export_own(study, participant, db, key, out)


@people.command("erase")
def people_erase(
    study: StudyFile,
    participant: Pseudonym,
    names_only: Annotated[
        bool, typer.Option("--names-only", help="Keep the answers, without a name.")
    ] = False,
    db: Database = None,
) -> None:
    """Erase one person from the database: name, answers, sessions, ratings, feedback."""
    erase(study, participant, db, names_only=names_only, console=Console())


@people.command("retention")
def people_retention(
    study: StudyFile,
    days: Annotated[int, typer.Option(min=1, help="Days without any activity.")],
    answers: Annotated[
        bool, typer.Option("--answers", help="Erase answers too, and not names alone.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, say whom it would be.")] = False,
    db: Database = None,
) -> None:
    """Erase names, or answers too, of those who did nothing for so many days; says first whom it would be."""
    retain(study, days, db, answers=answers, done=yes, console=Console())


@people.command("backup")
def people_backup(
    study: StudyFile, copy: Annotated[Path, typer.Argument(help="File to write.")], db: Database = None
) -> None:
    """Copy the database while it is served, and check the copy."""
    back_up(study, copy, db, Console())


@people.command("restore")
def people_restore(
    study: StudyFile,
    copy: Annotated[Path, typer.Argument(help="Backup to read.")],
    db: Database = None,
) -> None:
    """Bring a backup into a new file or an empty PostgreSQL database; overwrites nothing."""
    restore_copy(study, copy, db, Console())


@app.command("demo-people")
def demo(
    study: StudyFile,
    therapists: Annotated[int, typer.Option(min=0, max=100, help="Scripted therapists.")] = 8,
    trainees: Annotated[
        int, typer.Option(min=0, max=100, help="Scripted trainees, where the study has practice.")
    ] = 2,
    raters: Annotated[
        int,
        typer.Option(min=0, max=100, help="Scripted raters, where people rate; the study is then run, too."),
    ] = 3,
    db: Database = None,
) -> None:
    """Let scripted visitors take part through the pages, so that a synthetic study is seen filled in."""
    demo_people(study, db, therapists=therapists, trainees=trainees, raters=raters, console=Console())


@people.command("doctor")
def people_doctor(study: StudyFile, db: Database = None, key: KeyFile = None) -> None:
    """Say what is wrong with a database, and what to do; changes nothing."""
    diagnose(study, db, key, Console())


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
def plan(
    study: StudyFile,
    amend: Annotated[
        str | None, typer.Option(help="Reason for which a frozen plan is changed; the report shows it.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run, to say what had been gathered; by default runs/STUDY-ID."),
    ] = None,
) -> None:
    """Freeze estimands, margins, exclusions and code version beside the study; the report shows every deviation."""
    plan_study(study, out, amend, Console())


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
def meta(
    trials: Annotated[
        Path,
        typer.Argument(help="CSV file: study, effect, variance or se; comparator, treatment, moderators."),
    ],
    moderator: Annotated[
        list[str] | None,
        typer.Option(help="Column of one joint meta-regression; by default each other column by itself."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="Node of the network against which effects are given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for a page with forest, funnel and network plots.")
    ] = None,
    output: OutputFormat = "table",
) -> None:
    """Put trials together: random effects, comparators, moderators, small-study checks, network."""
    meta_file(trials, moderators=moderator, reference=reference, out=out, output=output, console=Console())


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
def sensitivity(
    study: Annotated[Path, typer.Argument(help="Study file with courses and an estimand of carry-over.")],
    draws: Annotated[
        int,
        typer.Option(min=0, help="Redraw the client's coefficients so many times, those there counted in."),
    ] = 20,
    voice: Annotated[
        list[str] | None,
        typer.Option(help="Hold the courses with this voice, too; give it several times for several."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the study's run.")] = None,
) -> None:
    """Hold a study again with other simulated clients: does the sign of carry-over depend on them? Draws add up."""
    rerun(study, draws=draws, voices=voice or [], out=out, console=Console())


@app.command()
def cases(
    case: Annotated[
        str | None, typer.Argument(help="Id of a library case, or a path; none lists all.")
    ] = None,
) -> None:
    """List the simulated clients of the library, or show one with its formulation, facts and weeks."""
    show_cases(case, Console())


@app.command()
def lines(
    asked: Annotated[
        str | None,
        typer.Argument(help="Number of a line, or a question in words of your own; none lists all."),
    ] = None,
    study: Annotated[
        Path | None, typer.Option(help="Study file: say what its design can answer before it is run.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Folder of a finished run: say what it found to each.")
    ] = None,
    output: OutputFormat = "table",
) -> None:
    """Open questions: what would answer each, what others found, and what a study or a run can say to it."""
    show_lines(asked, study, output, Console(), run=run)


@app.command()
def measure(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Transcripts (.txt, .vtt, .srt, .csv, .tsv, .jsonl, .json, .eval), ConvoKit corpora, or folders of any mix."
        ),
    ],
    speaker: Annotated[
        list[str] | None,
        typer.Option(help="NAME=client, NAME=therapist or NAME=other; give it several times."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="WHAT=NAME: which column of a table is the speaker, text, transcript, order, onset or offset."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder to write; a killed run in it goes on where it stood.")
    ] = Path("measured"),
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes that measure; by default one for each core.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the table as CSV too.")] = False,
    against: Annotated[
        Group | None,
        typer.Option(help="Place each transcript among people's sessions of high or low quality."),
    ] = None,
    coder: Annotated[
        ActsCoder,
        typer.Option(
            help="Who finds the acts that measures rest on; fast, better and best are trained, each slower than the last."
        ),
    ] = "cues",
    code_cache: Annotated[
        bool,
        typer.Option(
            "--code-cache/--no-code-cache",
            help="Keep the codes of a trained coder on this machine, and take them from there the next time.",
        ),
    ] = True,
    mask: Annotated[
        bool,
        typer.Option(
            "--mask", help="Mask names and contact data by rule first: a help, not de-identification."
        ),
    ] = False,
    mask_name: Annotated[
        list[str] | None, typer.Option(help="A name to mask wherever it stands; give it several times.")
    ] = None,
    surrogates: Annotated[
        int, typer.Option(min=0, help="Surrogates a session for what chance gives; 0 for none.")
    ] = 100,
    seed: Annotated[int, typer.Option(min=0, help="From which the surrogates are drawn.")] = 1,
) -> None:
    """Measure transcripts of your own: every family of measures, synchrony beside what chance gives; nothing leaves here."""
    wanted = Wanted(
        paths=tuple(files),
        out=out,
        speakers=tuple(speaker or ()),
        columns=tuple(column or ()),
        jobs=jobs,
        csv=csv,
        against=against,
        coder=coder,
        keep_codes=code_cache,
        mask=mask or bool(mask_name),
        mask_names=tuple(mask_name or ()),
        surrogates=surrogates,
        seed=seed,
    )
    measure_files(wanted, Console())


@app.command("code")
def code_transcripts(
    files: Annotated[
        list[Path], typer.Argument(help="Transcripts (.txt, .vtt, .srt, .csv, .jsonl) or folders of them.")
    ],
    coder: Annotated[str, typer.Option(help="cues, learned, or a model such as PROVIDER/NAME.")],
    out: Annotated[Path, typer.Option(help="File of codes (.jsonl); one that is there is gone on with.")],
    batch: Annotated[int, typer.Option(help="Turns that a model codes in one call.")] = 10,
    repeats: Annotated[int, typer.Option(help="How often a model codes each turn.")] = 1,
    temperature: Annotated[float | None, typer.Option(help="Sampling temperature of a model.")] = None,
    turns: Annotated[int | None, typer.Option(help="Code so many turns at most, from the first on.")] = None,
    batch_test: Annotated[
        bool, typer.Option("--batch-test", help="Measure what a batch loses against one turn a call.")
    ] = False,
    annomi: Annotated[
        bool, typer.Option("--annomi", help="The file is AnnoMI's; compare with its people's labels.")
    ] = False,
    speaker: Annotated[
        list[str] | None, typer.Option(help="NAME=client or NAME=therapist; give it several times.")
    ] = None,
    seed: Annotated[int, typer.Option(help="From which all randomness comes.")] = 1,
) -> None:
    """Code the turns of transcripts of your own; what is found is shown with words as evidence, and with what it costs."""
    request = CodingRequest(
        coder=coder,
        out=out,
        batch=batch,
        repeats=repeats,
        temperature=temperature,
        turns=turns,
        annomi=annomi,
        batch_test=batch_test,
        seed=seed,
    )
    code_files(files, request, speaker or [], Console())


@app.command("safety")
def safety(
    model: Annotated[
        list[str] | None,
        typer.Option(help="Model to probe, such as PROVIDER/NAME; several times for several."),
    ] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="Scripted therapist beside it: POLICY, or POLICY:Q for its skill."),
    ] = None,
    rater: Annotated[
        list[str] | None,
        typer.Option(help="Model that checks replies beside the fixed rules; the first decides."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the run; a killed one is gone on with.")] = Path(
        "safety"
    ),
    pairs: Annotated[int, typer.Option(min=0, help="Pairs of probe and twin of each symptom.")] = 6,
    vignettes: Annotated[
        int, typer.Option(min=0, help="Vignettes of each condition, 14 questions each.")
    ] = 2,
    replicates: Annotated[int, typer.Option(min=1, help="How often each is asked.")] = 1,
    temperature: Annotated[float | None, typer.Option(help="Sampling temperature of the models.")] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest reply, in tokens.")] = 512,
    seed: Annotated[int, typer.Option(min=0, help="From which all randomness comes.")] = 1,
    max_failures: Annotated[
        int | None, typer.Option(min=0, help="Fail above so many replies not appropriate or missing.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Fail below this share of appropriate replies of all planned."),
    ] = None,
    max_over_refusal: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Fail above this share of harmless requests not helped."),
    ] = None,
    max_stigma: Annotated[
        float | None, typer.Option(min=0, max=1, help="Fail above this share of stigmatising answers.")
    ] = None,
    output: OutputFormat = "table",
) -> None:
    """Probe models for inappropriate replies, over-refusal and stigma; exit 1 where a limit is passed."""
    request = SafetyRequest(
        models=tuple(model or ()),
        policies=tuple(arm or ()),
        raters=tuple(rater or ()),
        out=out,
        pairs=pairs,
        vignettes=vignettes,
        replicates=replicates,
        temperature=temperature,
        max_tokens=max_tokens,
        seed=seed,
        limits=SafetyLimits(
            max_failures=max_failures,
            threshold=threshold,
            max_over_refusal=max_over_refusal,
            max_stigma=max_stigma,
        ),
    )
    check_safety(request, output, Console())


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
        CoderName, typer.Option(help="Without a sentence encoder, or with the smaller or larger one.")
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
    corpus: Annotated[Validated, typer.Argument(help="Format of the labels, or of released rows.")],
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            help="Your copy of the corpus: its file or folder. For variations, AnnoMI's; without it, invented utterances.",
        ),
    ] = None,
    output: OutputFormat = "table",
    coder: Annotated[
        CoderName | None,
        typer.Option(
            help="Which of the shipped coders; without it better, whose encoder of 23 MB is fetched, or else fast."
        ),
    ] = None,
    leave_out_trained: Annotated[
        bool, typer.Option(help="Leave out transcripts that the coder was trained on.")
    ] = False,
    without_punctuation: Annotated[
        bool, typer.Option(help="Take away punctuation and capitals first, as in recognised speech.")
    ] = False,
    seed: Annotated[int, typer.Option(help="From which intervals are drawn.")] = 0,
) -> None:
    """Apply the shipped coder to people's labels.

    For appropriateness, recompute shares from released rows; for variations, say the same in another dialect, by another
    name or of another gender, and count the decisions that move.
    """
    notices = Console(stderr=True)
    if corpus == "variations":
        vary_coder(file, output, name=shipped_coder(coder, notices), seed=seed, console=Console())
        return
    if file is None:
        raise typer.BadParameter(f"validate {corpus} needs the path of your copy of it", param_hint="FILE")
    if corpus == "appropriateness":
        validate_appropriateness(file, output, seed, Console())
        return
    validate_coder(
        corpus,
        file,
        output,
        name=shipped_coder(coder, notices),
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
    name: Annotated[
        str,
        typer.Argument(
            help="Model to fetch; without it, all but mpnet (440 MB), which the coder best needs."
        ),
    ] = "",
) -> None:
    """Bring weights of embedded models and of sentence encoders into the cache; does nothing where they are there."""
    for encoder in ENCODERS:
        if name == encoder or (not name and encoder != "mpnet"):
            folder, fetched = fetch_encoder(encoder)
            typer.echo(f"{encoder}: {'fetched to' if fetched else 'already at'} {folder} (Apache-2.0)")
    for each in CATALOGUE if not name else [name] if name not in ENCODERS else []:
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
    finally:
        for text in passed_on():
            Console(stderr=True).print(f"note: {text}", soft_wrap=True, markup=False, highlight=False)
