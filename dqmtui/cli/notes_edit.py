"""`dqmtui notes add` and `edit`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry, together, workspace_of
from dqmtui.cli.json_text import json_object
from dqmtui.cli.notes_desk import SHOWN_ID, Desk, ended_well, ranges
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteContent, NotePut, NoteVerdict, PlotLink
from dqmtui.model.notes_json import note_json
from dqmtui.model.notes_rules import check_note
from dqmtui.review.runlist import matching
from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from dqmtui.cli.work import Work
    from dqmtui.model.notes import Event
    from dqmtui.review.datalayer import DataLayer


async def add(
    work: Work,
    data: DataLayer,
    *,
    text: Sequence[str],
    run: int,
    ls: str,
    verdict: str,
    elements: Sequence[str],
    reference: int | None,
    yes: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Make a note and print its id; raises Stop."""
    mask = ranges(ls)
    with ended_well():
        desk = Desk.of(work)
        if given["dataset"]:
            given["dataset"] = await _dataset_name(work, data, run, given["dataset"], yes=yes)
        names = await _element_names(work, data, elements, yes=yes)
        content = NoteContent(
            run=run,
            ls=mask,
            verdict=NoteVerdict(verdict),
            text=" ".join(text),
            elements=names,
            links=_links(names, mask, reference),
            **_given(given),
        )
        known = None if yes else await _known_ls(work, data, run, content.dataset)
        check_note(content, desk.journal, known, confirmed=yes)
        events = desk.pen.create(desk.journal, content)
        desk.keep(*events)
    _tell_kept(desk, events, "noted", as_json=as_json)


async def edit(
    work: Work,
    data: DataLayer,
    *,
    note: str,
    text: Sequence[str],
    ls: str | None,
    verdict: str | None,
    elements: Sequence[str],
    reference: int | None,
    yes: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Let a note say what is given and print it; raises Stop."""
    with ended_well():
        desk = Desk.of(work)
        before = desk.journal.note(note)
        if given["dataset"]:
            named = await _dataset_name(work, data, before.content.run, given["dataset"], yes=yes)
            given["dataset"] = named
        content = replace(before.content, **_given(given))
        if text:
            content = replace(content, text=" ".join(text))
        if ls is not None:
            content = replace(content, ls=ranges(ls))
        if verdict is not None:
            content = replace(content, verdict=NoteVerdict(verdict))
        if elements:
            content = replace(content, elements=await _element_names(work, data, elements, yes=yes))
        if elements or reference is not None:
            content = replace(content, links=_links(content.elements, content.ls, reference))
        is_elsewhere = ls is not None or content.dataset != before.content.dataset
        if is_elsewhere and not yes:
            known: LSMask | None = await _known_ls(work, data, content.run, content.dataset)
        else:
            # somebody has confirmed them already
            known = LSMask.all()
        check_note(content, desk.journal, known, editing=before.id, confirmed=yes)
        events = desk.pen.edit(desk.journal, before.id, content)
        desk.keep(*events)
    _tell_kept(desk, events, "changed", as_json=as_json)


async def _dataset_name(work: Work, data: DataLayer, run: int, text: str, *, yes: bool) -> str:
    """Give the whole name of the dataset with a text in it, by which notes count; raises Stop."""
    if not yes:
        return (await run_entry(work, data, run, text)).dataset
    if not _WHOLE.fullmatch(text):
        raise Stop(
            Exit.USAGE,
            f"--yes asks no service for the dataset with {text!r} in its name: type all of its name, such as "
            "/ZeroBias/Run2024E-PromptReco-v1/DQMIO.",
        )
    return text


_WHOLE = re.compile(r"/[^/\s]+/[^/\s]+/[^/\s]+")


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Give the texts that were typed, by the names of their fields."""
    return {name: value for name, value in options.items() if value is not None}


def _links(elements: Sequence[str], ls: LSMask, reference: int | None) -> tuple[PlotLink, ...]:
    first = None if ls == LSMask.all() else ls.ranges[0][0]
    return tuple(PlotLink(me, first, reference) for me in elements)


async def _element_names(work: Work, data: DataLayer, names: Sequence[str], *, yes: bool) -> tuple[str, ...]:
    """Give the full names of elements; those that are confirmed as they were typed. Raises Stop."""
    if not names or yes:
        return tuple(names)
    elements = await data.elements(await workspace_of(work, data))
    return tuple(dict.fromkeys(one_element(elements, name).me for name in names))


async def _known_ls(work: Work, data: DataLayer, run: int, dataset: str) -> LSMask | None:
    """Give the LS that DIALS or OMS has of a run, None when neither can be asked, and say why."""
    found: list[LSMask] = []

    async def ask_dials() -> None:
        try:
            workspace = await workspace_of(work, data)
            rows = await data.find_run(workspace, run)
            for row in matching(rows, dataset):
                entry = (await data.lumisections(RunKey(workspace, row.dataset_id, run))).ls
                found.append(LSMask.from_numbers(entry))
            found.append(LSMask())
        except ServiceError as error:
            tell(error.message)

    async def ask_oms() -> None:
        try:
            if data.has_oms:
                found.append(LSMask.from_numbers((await data.conditions_source(run)).ls))
        except ServiceError as error:
            tell(error.message)

    await together(ask_dials(), ask_oms())
    if not found:
        return None
    known = LSMask()
    for mask in found:
        known |= mask
    return known


def _tell_kept(desk: Desk, events: Sequence[Event], word: str, *, as_json: bool) -> None:
    for event in events:
        if isinstance(event.change, NotePut):
            note = desk.journal.notes[event.change.note]
            if as_json:
                put(json_object(note_json(note)))
            else:
                put(f"{note.id[:SHOWN_ID]}\n")
                tell(f"{word}: run {note.content.run} LS {note.content.ls} {note.content.verdict}")
