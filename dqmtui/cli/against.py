"""What a command compares with: references by what was typed, each on the same divisors as the run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import run_entries
from dqmtui.cli.loading import NOTHING, Selection, load_place, need_some, whole_stack
from dqmtui.cli.talk import tell
from dqmtui.model.integrate import Integral
from dqmtui.model.lsmask import LSMask
from dqmtui.model.reconstruction import alike, differs
from dqmtui.model.reference import Reference, neighbours, rest_of_run, run_reference
from dqmtui.review.choices import Neighbours
from dqmtui.review.runlist import matching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.loading import Place
    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement, RunKey
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry

REST, NEIGHBOURS = "rest", "neighbours"
NO_REST = "all its good LS are looked at; --ls looks at some, --ref-good compares with others"


@dataclass(frozen=True, slots=True)
class RefOptions:
    """What was typed of references: `refs` are run numbers, `rest`, or `neighbours` with `:K` and `:GAP`.

    `found` keeps in which dataset each reference of a run was found: one command looks for it, and says how
    it was made otherwise, once.
    """

    refs: tuple[str, ...] = ()
    dataset: str | None = None
    good: str | None = None
    exclude: LSMask = NOTHING
    found: dict[tuple[RunKey, int], RunEntry] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls, refs: Sequence[str], dataset: str | None, good: str | None, exclude: Sequence[LSMask]
    ) -> RefOptions:
        """Take what was typed; raises Stop for a reference that is none."""
        for text in refs:
            read_ref(text)
        return cls(tuple(refs), dataset, good, LSMask.of(*exclude))


@dataclass(frozen=True, slots=True, eq=False)
class OtherRun:
    """The histograms of another run, and which of its lumisections count; no `stack`: it has none."""

    place: Place
    stack: HistogramStack | None
    good: LSMask
    divisors: Divisors


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What is compared: a run's histograms, its good lumisections and those of them that are looked at."""

    place: Place
    stack: HistogramStack
    element: MonitoringElement
    good: LSMask
    looked_at: LSMask
    divisors: Divisors


def read_ref(text: str) -> int | str | Neighbours:
    """Read a reference: a run number, `rest`, or neighbours; raises Stop."""
    words = text.strip().lower()
    if words == REST:
        return REST
    name, *numbers = words.split(":")
    if name in {NEIGHBOURS, "neighbors"} and len(numbers) < len(("k", "gap", "end")):
        usual = Neighbours()
        if all(number.isdecimal() for number in numbers):
            k, gap = [*map(int, numbers), *(usual.k, usual.gap)[len(numbers) :]]
            return Neighbours(k, gap)
    if words.isdecimal() and int(words):
        return int(words)
    raise Stop(
        Exit.USAGE,
        f"--ref {text!r} is no reference: give a run number, rest, neighbours or neighbours:K:GAP.",
    )


async def other_run(
    data: DataLayer,
    looked: Looked,
    run: int,
    options: RefOptions,
    selection: Selection,
    norm: str,
) -> OtherRun:
    """Load another run: the same element, its good LS, and the same normalisation; as `load_place` raises."""
    entry = await other_entry(data, looked.place.entry, run, options)
    if entry.key == looked.place.entry.key:
        raise Stop(Exit.USAGE, f"--ref {run} is the run itself; --ref rest compares with the rest of it.")
    theirs = selection.of_reference(options.good, options.exclude)
    place = await load_place(
        data, entry, conditions=theirs.needs_conditions(norm), good=[theirs.good], names=theirs.names
    )
    chosen = place.choose(theirs)
    need_some(chosen, run)
    stack = await whole_stack(data, entry, looked.element)
    divisors = place.divisors(norm, data.rate_path)
    unit = looked.divisors.unit
    if unit is not None and divisors.unit not in {None, unit}:
        # luminosities come in units that differ from run to run
        divisors = divisors.in_unit(unit) or divisors
    return OtherRun(place, stack if stack.rows_loaded else None, chosen.good, divisors)


async def references(
    data: DataLayer, looked: Looked, options: RefOptions, selection: Selection, norm: str
) -> list[tuple[Reference, RunEntry]]:
    """Make the references that were asked for, each with the run that it is of.

    Raises Stop and ServiceError.
    """
    mine = looked.place.entry
    found: list[tuple[Reference, RunEntry]] = []
    for text in options.refs:
        match read_ref(text):
            case int(run) if run != looked.place.entry.run or options.dataset:
                other = await other_run(data, looked, run, options, selection, norm)
                made = run_reference(
                    run,
                    other.stack,
                    other.good,
                    me=looked.element.me,
                    divisors=other.divisors,
                    run_ls=other.place.table.ls,
                )
                label = said_apart(made.label, mine, other.place.entry)
                found.append((replace(made, label=label), other.place.entry))
            case Neighbours(k, gap):
                good = good_beside(looked, options)
                made = neighbours(looked.stack, good, looked.looked_at, k, gap, divisors=looked.divisors)
                found.append((made, mine))
            case _:
                # the LS that are looked at are never part of their own reference
                good = good_beside(looked, options)
                if good - looked.looked_at:
                    made = rest_of_run(looked.stack, good, looked.looked_at, divisors=looked.divisors)
                else:
                    made = Reference("the rest of this run", Integral.nothing(NO_REST))
                found.append((made, mine))
    return found


def good_beside(looked: Looked, options: RefOptions) -> LSMask:
    """Give the LS of the same run that a reference may be made of: good ones that DIALS has."""
    good = looked.good - options.exclude
    if options.good is not None:
        good = looked.place.choose(Selection(good=options.good, exclude=options.exclude)).good
    return good & LSMask.from_numbers(looked.stack.ls)


async def other_entry(data: DataLayer, current: RunEntry, run: int, options: RefOptions) -> RunEntry:
    """Find the dataset of a reference: of those with the text that was typed the one most like the run's.

    One that was made otherwise is taken where there is no other, and unless it was asked for that is said.
    Raises Stop where there is none, or several are as good, and ServiceError.
    """
    there = options.found.get((current.key, run))
    if there is not None:
        return there
    entries = await run_entries(data, current.workspace, run)
    fits = matching(entries, options.dataset) if options.dataset else entries
    if not fits:
        names = [entry.dataset for entry in entries]
        raise Stop(
            Exit.NOT_FOUND, f"Run {run} is in no dataset with {options.dataset!r} in its name, but in:", names
        )
    names = alike(current.dataset, [entry.dataset for entry in fits])
    if len(names) > 1:
        raise Stop(
            Exit.USAGE,
            f"The reference {run} is in several datasets; choose one with --ref-dataset TEXT:",
            names,
        )
    found = next(entry for entry in fits if entry.dataset in names)
    differing = differs(current.dataset, found.dataset)
    if differing and not options.dataset:
        tell(f"mind the data: the reference {run} of run {current.run} is {differing}, in {found.dataset}")
    options.found[current.key, run] = found
    return found


def said_apart(label: str, current: RunEntry, other: RunEntry) -> str:
    """Add to what another run is called how its data were made otherwise than those of the run."""
    differing = differs(current.dataset, other.dataset)
    return f"{label} ({differing})" if differing else label
