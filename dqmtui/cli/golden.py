"""`dqmtui golden make`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.golden_files import read_certification_of
from dqmtui.cli.named_masks import Names, judged
from dqmtui.cli.notes_commands import GOOD
from dqmtui.cli.notes_desk import ended_well, put_out
from dqmtui.cli.notes_run import NOTED, load_conditions, meant, tell_of_others
from dqmtui.cli.talk import tell
from dqmtui.export.files import read_text
from dqmtui.model.certification import write_certification
from dqmtui.model.golden import RR, by_logic, taken_out
from dqmtui.model.json_logic import JsonLogicError, UnknownVariableError, check_rule
from dqmtui.model.lsmask import LSMask
from dqmtui.model.run_registry import registry_verdicts
from dqmtui.review.certified import Certified
from dqmtui.review.registry import ranges_of, registry_of
from dqmtui.review.run_notes import RunNotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.model.certification import Certification
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.notes import Note
    from dqmtui.review.datalayer import DataLayer

LARGEST_BYTES = 4 << 20


async def make(
    work: Work,
    data: DataLayer,
    *,
    runs: Sequence[int],
    dataset: str | None,
    good: str | None,
    golden: str | None,
    masks: Sequence[str],
    logic: Path | None,
    given: Sequence[str],
    registry: str | None,
    with_notes: bool,
    output: Path | None,
    force: bool,
    as_json: bool,  # noqa: ARG001 - a mask is JSON either way
) -> None:
    """Print the good LS of runs as a certification JSON; raises Stop and ServiceError."""
    rule = None if logic is None else read_rule(logic)
    if given and rule is None:
        raise Stop(Exit.USAGE, "--given names a variable of a rule, so it goes with --logic.")
    if registry is not None and rule is None:
        raise Stop(Exit.USAGE, "--rr gives the variables of a rule, so it goes with --logic.")
    expression = good if good is not None or rule is not None else GOOD
    values = dict(_pair(text, "--given") for text in given)
    with ended_well():
        files = {
            name: Certified(place, read_certification_of(work, place))
            for name, place in (_pair(text, "--mask") for text in masks)
        }
        names = Names(work, golden, {"--good": expression}, files)
        journal = names.journal
        numbers = sorted({*runs} if runs else {note.content.run for note in journal.notes.values()})
        if not numbers:
            raise Stop(Exit.USAGE, "Which runs? Give --run N, as often as you like; there are no notes.")
        used = names.used(expression) - names.files
        found: Certification = {}
        for run in numbers:
            table = await load_conditions(data, run)
            place = await meant(work, data, journal, run, dataset, used, notes=with_notes)
            mask = LSMask.all()
            if expression is not None:
                named = await names.named(data, place.key, place.dataset, [expression])
                mask = judged(expression, table, named).good
            notes = RunNotes.of(journal, run, place.dataset).notes if with_notes else ()
            if rule is not None:
                said = [] if registry is None else await _registered(work, run, registry)
                mask &= await _by_rule(data, notes, rule, table, values, said)
            if with_notes or NOTED & used:
                tell_of_others(journal, run, place.dataset)
            found[run] = mask - taken_out(notes, run)
        empty = [str(run) for run, mask in found.items() if not mask]
        if empty:
            tell(f"without good lumisections, and left out: run {', '.join(empty)}")
        put_out(write_certification(found), output, force=force)


async def _registered(work: Work, run: int, dataset: str) -> list[tuple[str, LSMask, str]]:
    """Give the statuses of a run in the Run Registry; raises ServiceError."""
    name, ranges = await ranges_of(registry_of(work.settings), run, dataset)
    if not ranges:
        tell(f"the Run Registry says nothing of run {run} in {name}")
    return registry_verdicts(ranges)


async def _by_rule(
    data: DataLayer,
    notes: Sequence[Note],
    rule: object,
    table: LSTable,
    given: Mapping[str, Any],
    registered: Sequence[tuple[str, LSMask, str]],
) -> LSMask:
    run = table.key.run
    card = (await data.run_cards([run])).get(run)
    # what the person noted counts over what is registered
    verdicts = [
        *registered,
        *(
            (note.content.subsystem, note.content.ls, note.content.verdict.value.upper())
            for note in notes
            if note.content.subsystem
        ),
    ]
    try:
        return by_logic(rule, table, {} if card is None else card.attributes, verdicts, given)
    except UnknownVariableError as error:
        source = "OMS does not have it"
        if error.variable.startswith(RR):
            source = "the Run Registry has none" if registered else "only --rr NAME asks the Run Registry"
        raise Stop(
            Exit.USAGE,
            f"--logic asks for {error.variable}, and {source}.",
            [f"--given {error.variable}=VALUE gives it a value."],
        ) from error
    except JsonLogicError as error:
        raise Stop(Exit.USAGE, f"--logic: {error}.") from error


def read_rule(path: Path) -> object:
    """Read a rule in JSON logic, and check its operators; raises Stop."""
    if not path.exists():
        raise Stop(Exit.NOT_FOUND, f"There is no file {path}.")
    with ended_well():
        text = read_text(path, LARGEST_BYTES)
    try:
        rule = json.loads(text)
        check_rule(rule)
    except JsonLogicError as error:
        raise Stop(Exit.USAGE, f"{path}: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise Stop(Exit.USAGE, f"{path} is no JSON: {error}.") from error
    return rule


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise Stop(Exit.USAGE, f"{option} {text}: write NAME=VALUE.")
    return name, value
