"""The study: one file, from which all else follows."""

from dataclasses import field, replace
from typing import Literal, Self

from therapyarc.domain.actor import Actor
from therapyarc.domain.course import Memory
from therapyarc.domain.estimand import Estimand
from therapyarc.domain.inside import CourseProbes
from therapyarc.domain.instrument import Instrument
from therapyarc.domain.measure import ActsCoder
from therapyarc.domain.panel import Panel
from therapyarc.domain.people import People
from therapyarc.domain.record import record

__all__ = [
    "Administration",
    "Arm",
    "CoderSpec",
    "Condition",
    "CorpusSource",
    "Courses",
    "Cut",
    "Limits",
    "Price",
    "RaterSpec",
    "Study",
    "Trial",
]


@record
class Arm:
    """One condition of comparison: the actors who share a label."""

    id: str
    """Unique within the study."""
    label: str
    """Its name in tables and figures."""
    actors: tuple[Actor, ...]
    """Who fills the role of therapist; for an archive arm one entry stands for one actor a transcript."""
    tier: str | None = None
    """A group of arms for before/after tables (such as proprietary and open models)."""
    memory: Memory | None = None
    """What its therapists carry over from one session of a course to the next; none takes the setting of `courses`."""
    cases: tuple[str, ...] = ()
    """Cases of `courses` that it meets; empty for all. Arms that meet other cases are not compared case by case."""


@record
class Condition:
    """A state of training in which items are administered."""

    id: str
    """Unique within the study (`before`, `after`)."""
    label: str = ""
    """Its name in tables."""
    material: str | None = None
    """Training material in force: a library id or a path beside the study file; none before training."""
    control: Literal["shuffled_paragraphs"] | None = None
    """What is done to the material to make a control of it."""
    arms: tuple[str, ...] = ()
    """Arms to which the material is given; empty gives it to all. Other arms answer again without it."""


@record
class Cut:
    """How single exchanges are cut from a corpus."""

    per_transcript: int | None = None
    """Exchanges drawn from each transcript, spread over its thirds; none takes all."""
    context_turns: int = 6
    """Turns before the client's words that everyone is given."""
    min_client_words: int = 5
    """Client turns shorter than this are passed over."""
    min_therapist_words: int = 3
    """Exchanges whose archived reply is shorter than this are passed over."""


@record
class CorpusSource:
    """Archived transcripts that the study uses."""

    id: str
    """Unique within the study."""
    path: str
    """File; relative paths are looked up beside the study file and then under `THERAPYARC_DATA`."""
    format: Literal["annomi", "csv", "jsonl"]
    """How the file is read."""
    cut: Cut = field(default_factory=Cut)
    """How exchanges are cut from it."""


@record
class Administration:
    """One single-turn instrument as this study uses it."""

    instrument: str
    """A library id or a path beside the study file. With `corpus`, an `open` instrument whose cases the corpus gives."""
    conditions: tuple[str, ...] = ()
    """Conditions under which it is administered; empty for all."""
    cases: tuple[str, ...] = ()
    """Cases used; empty for all."""
    items: tuple[str, ...] = ()
    """Items used; empty for all."""
    corpus: str | None = None
    """Corpus whose exchanges are the cases; none where the instrument brings its own."""


@record
class RaterSpec:
    """Who rates."""

    id: str
    """Unique within the study; stands in each rating."""
    kind: Literal["baseline", "model", "human"]
    """Fixed rules (a baseline), a language model, or a person in the browser."""
    variant: Literal["lexical", "structural", "safety"] = "lexical"
    """For `baseline`: which set of rules. `safety` rates checks of probes and nothing else, the other two all else."""
    model: str | None = None
    """For `model`: an Inspect model name."""
    family: str | None = None
    """For `model`: its family, so that preference for replies of its own kind can be found; none takes `model`."""
    temperature: float | None = None
    """For `model`: sampling temperature."""
    repeats: int = 1
    """How often the same rater rates the same answer."""
    share: float = 1.0
    """Share of the answers that this rater rates, drawn by the seed in blocks that balance arms and items; above 0, to 1."""

    rubrics: tuple[str, ...] = ()
    """Ids of the rubrics by which it rates; empty for all that it can rate by."""
    labels: Literal["none", "within", "randomised"] = "none"
    """What it is told of who speaks: nothing; or, in a label study, that it is a machine, that it is a person, or nothing,
    each for every answer (`within`) or one of them by lot (`randomised`). What it is told says nothing of who spoke. Of
    people, `within` takes three for each answer: nobody reads one answer under two labels. At the end they are told."""
    panel: Panel = field(default_factory=Panel)
    """For `human`: how many people it stands for, and how they share its answers."""

    def rates(self, rubric: Instrument) -> bool:
        """Return whether this rater rates by this rubric."""
        if self.kind == "baseline" and (self.variant == "safety") != bool(rubric.checks):
            return False
        return not self.rubrics or rubric.id in self.rubrics

    @property
    def demonstration(self) -> bool:
        """Whether its ratings can only ever be a demonstration."""
        return self.model is not None and self.model.startswith("embedded/")

    @property
    def wanted(self) -> int:
        """Ratings wanted of each answer by each rubric."""
        return self.panel.overlap if self.kind == "human" else self.repeats

    def each(self) -> tuple[Self, ...]:
        """Return one rater for each name that stands in ratings: for people one a place, for all else itself."""
        if self.kind != "human" or self.panel.places == 1:
            return (self,)
        return tuple(replace(self, id=f"{self.id}/{place}") for place in range(1, self.panel.places + 1))

    def made(self, name: str | None) -> bool:
        """Return whether a rating by the rater of this name is one of its ratings."""
        return name == self.id or (
            name is not None and self.kind == "human" and name.startswith(f"{self.id}/")
        )


@record
class CoderSpec:
    """Who codes the turns of ongoing sessions."""

    id: str
    """Unique within the study; stands in each code."""
    kind: Literal["cues", "learned", "model"]
    """Fixed patterns, the trained coder that ships with the package, or a language model."""
    model: str | None = None
    """For `model`: an Inspect model name."""
    temperature: float | None = None
    """For `model`: sampling temperature."""
    batch: int = 10
    """For `model`: the most turns of one call. `therapyarc code --batch-test` measures what a batch loses."""
    repeats: int = 1
    """For `model`: how often it codes the same turn."""
    roles: tuple[Literal["therapist", "client"], ...] = ("therapist", "client")
    """Whose turns it codes."""

    @property
    def demonstration(self) -> bool:
        """Whether its codes can only ever be a demonstration."""
        return self.model is not None and self.model.startswith("embedded/")


@record
class Price:
    """What a model's tokens cost."""

    input: float
    """Per million input tokens, in the study's currency."""
    output: float
    """Per million output tokens."""


@record
class Limits:
    """How hard providers may be driven."""

    max_connections: int = 8
    """Calls under way at once for each provider; the embedded model has a limiter of its own."""
    max_retries: int = 5
    """Retries of a failed call before its reply is missing."""
    timeout_s: int = 180
    """Seconds after which one try is given up."""


@record
class Courses:
    """Ongoing therapy: every therapist of the arms meets every case over several sessions."""

    cases: tuple[str, ...]
    """Library ids of clients, or paths beside the study file."""
    sessions: int = 6
    """Planned sessions of a course, a week apart."""
    exchanges: int = 20
    """The most exchanges (therapist turn and client turn) of a session."""
    words: int = 40_000
    """Words of the therapist after which a session ends, whatever exchanges are left; speech has about 150 a minute."""
    replicates: int = 1
    """How often each therapist meets each case."""
    arms: tuple[str, ...] = ()
    """Arms that hold courses; empty for all but archives."""
    memory: Memory = "transcripts"
    """What therapists carry over, where their arm says nothing: full transcripts, own notes, a summary drawn up by rule, or
    nothing."""
    voice: str = "scripted"
    """Who words what the client's mechanism decided: `scripted`, or an Inspect model name."""
    redraw: int | None = None
    """Draw of the simulated client's coefficients, each multiplied by chance (log SD .3), to see what depends on them; none
    takes the calibrated ones. `therapyarc sensitivity` goes through many."""
    acts: Literal["coded", "planted"] = "coded"
    """How the therapist's acts reach the client: coded from the words, the same for all; or, for scripts, as planted."""
    excerpts: int = 1
    """Exchanges drawn from each session and rated by the study's rubrics of replies, by the same raters; 0 for none."""
    turn_tokens: int | None = None
    """The longest turn of a model, in tokens, cut to its last whole sentence; none takes the actor's `max_tokens`."""
    screen: Literal["none", "alarm", "end"] = "none"
    """A safety screen that listens to the client by cues of danger to life: none; one that raises an alarm, kept in the
    record; or one that also ends a session at explicit words."""
    probes: CourseProbes | None = None
    """Probes of safety that the clients put inside sessions, and where; none for none."""
    forms: tuple[str, ...] = ("phq-9", "alliance-client")
    """Self-reports of the client: filled in before (symptoms) or after (alliance) each session."""


@record
class Trial:
    """A virtual trial: which arms are therapies, which are active controls, and which had no therapy."""

    therapies: tuple[str, ...]
    """Ids of arms that are compared with all others."""
    controls: tuple[str, ...] = ()
    """Ids of arms that share time and talk with therapy and not what is meant to work in it."""
    untreated: tuple[str, ...] = ()
    """Ids of arms whose actor is of kind `none`."""
    outcome: str = "depression_symptoms"
    """Construct of the form on which arms are compared; lower must be better."""
    margin: float | None = None
    """Smallest difference that matters, in raw units; none where no margin was agreed."""


@record
class Study:
    """A whole study as data."""

    schema: Literal["therapyarc/study/1"]
    """Format of the file."""
    id: str
    """Short name; part of file names."""
    title: str
    """Full title."""
    seed: int
    """From which all randomness comes."""
    arms: tuple[Arm, ...]
    """Conditions compared."""
    administrations: tuple[Administration, ...] = ()
    """Single-turn instruments and where they are used."""
    conditions: tuple[Condition, ...] = (Condition(id="before", label="before training material"),)
    """States of training, in the order in which they are gone through."""
    replicates: int = 1
    """How often each actor answers each item under each condition. People answer once."""
    rubrics: tuple[str, ...] = ()
    """Rubrics by which open answers are rated: library ids or paths."""
    raters: tuple[RaterSpec, ...] = ()
    """Who rates open answers; at least two where there are any."""
    coders: tuple[CoderSpec, ...] = ()
    """Who codes the turns of ongoing sessions; with two or more the report compares them."""
    measure_coder: ActsCoder = "cues"
    """Who finds the acts that measures of sessions rest on: fixed patterns, or a trained coder. Values under different
    coders have different versions and are never compared. The simulated client always hears by the cues."""
    estimands: tuple[Estimand, ...] = ()
    """What is to be known."""
    headline: str | None = None
    """Id of the estimand that the report opens with; none takes the first of carry-over, or else the first."""
    corpora: tuple[CorpusSource, ...] = ()
    """Archived transcripts."""
    courses: Courses | None = None
    """Ongoing therapy; none for single replies alone."""
    trial: Trial | None = None
    """A virtual trial among the arms that hold courses; none for none."""
    exclusions: tuple[str, ...] = ()
    """What is left out of every analysis, a rule each, in words; frozen by `plan` and printed in the report."""
    people: People = field(default_factory=People)
    """How people take part in the browser."""
    prices: dict[str, Price] = field(default_factory=dict)
    """Prices by model name, for cost estimates and records."""
    currency: str = "USD"
    """Currency of the prices."""
    limits: Limits = field(default_factory=Limits)
    """Connections, retries and time-outs."""
    notice: str = ""
    """A sentence that stands over the report, such as what no figure of it may be read as."""

    @property
    def every_rater(self) -> tuple[RaterSpec, ...]:
        """The raters by the names that stand in ratings: of people in a panel each."""
        return tuple(one for rater in self.raters for one in rater.each())
