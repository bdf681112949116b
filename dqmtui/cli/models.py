"""`dqmtui models` and `dqmtui flags`: anomaly models, and the lumisections that they call bad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import run_entry, some, workspace_of
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.notes_desk import ended_well, put_out
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.export.ml_json import write_cert_json, write_golden_json
from dqmtui.model.lsmask import LSMask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.records import MlFlag, MlModel

ABSENT = "-"
TABLE, CERT, GOLDEN = "table", "cert-json", "golden-json"
FORMS = (TABLE, CERT, GOLDEN)
"""What flags are printed as."""


async def show_models(work: Work, data: DataLayer, *, as_json: bool) -> None:
    """Print the models of a workspace; raises Stop when it has none, and ServiceError."""
    workspace = await workspace_of(work, data)
    models = await data.ml_models(workspace)
    if not models:
        raise Stop(Exit.NOT_FOUND, f"Workspace {workspace} has no anomaly models.")
    if as_json:
        put(json_rows(_model_fields(model) for model in models))
        return
    columns = [
        Column("model", [str(model.model_id) for model in models], right=True),
        Column("active", ["yes" if model.active else "no" for model in models]),
        Column("threshold", [_number(model.anomaly_threshold) for model in models], right=True),
        Column("name", [model.name for model in models], least=20),
        Column("monitoring element", [model.target_me or ABSENT for model in models], least=20),
    ]
    work.put_table(aligned(columns, work.table_width))


async def show_flags(
    work: Work,
    data: DataLayer,
    *,
    runs: Sequence[int],
    dataset: str | None,
    models: Sequence[str],
    form: str,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Print the LS of runs that models call bad; raises Stop and ServiceError.

    As a table it is a line per run and model. `cert-json` and `golden-json` are the forms of DIALS: all that
    is flagged, and the LS that no model flags.
    """
    if as_json and form != TABLE:
        raise Stop(Exit.USAGE, f"--format {form} is JSON anyway; --json prints the flags as a list.")
    if output is not None and form == TABLE:
        raise Stop(Exit.USAGE, f"--output writes a file, so it goes with --format {' or '.join(FORMS[1:])}.")
    numbers = sorted(set(runs))
    entries = [await run_entry(work, data, run, dataset) for run in numbers]
    every = await data.ml_models(entries[0].workspace)
    chosen = _chosen(every, models)
    wanted = {model.model_id for model in (chosen if models else every)}
    flags = [
        flag
        for entry in entries
        for flag in await data.ml_flags(entry.key)
        if not models or flag.model_id in wanted
    ]
    by_id = {model.model_id: model for model in every}
    flags.sort(key=lambda flag: (flag.run_number, flag.ls_number, flag.model_id))
    quiet = sorted({*numbers} - {flag.run_number for flag in flags})
    if quiet:
        who = "None of these models" if models else "No model"
        names = ", ".join(map(str, quiet))
        tell(f"{who} calls an LS of run {names} bad; `dqmtui models` lists them")
    if form != TABLE:
        if form == CERT:
            text = write_cert_json(numbers, flags, by_id)
        else:
            known = {entry.run: (await data.lumisections(entry.key)).ls.tolist() for entry in entries}
            text = write_golden_json(known, flags)
        with ended_well():
            put_out(text, output, force=force)
    elif as_json:
        put(json_rows(_flag_fields(flag, by_id) for flag in flags))
    elif flags:
        for entry in entries:
            tell(f"run {entry.run}, {entry.dataset}")
        work.put_table(aligned(_flag_columns(flags, by_id), work.table_width))


def _chosen(models: Sequence[MlModel], wanted: Sequence[str]) -> list[MlModel]:
    """Choose models by number or by a part of their name or element; raises Stop for one that is none."""
    chosen: dict[int, MlModel] = {}
    for text in wanted:
        exact = [model for model in models if str(model.model_id) == text]
        low = text.lower()
        fits = exact or [model for model in models if low in f"{model.name}\n{model.target_me}".lower()]
        if not fits:
            names = [f"{model.model_id}  {model.name}" for model in models]
            raise Stop(Exit.NOT_FOUND, f"There is no model {text!r}; there are:", some(names))
        chosen |= {model.model_id: model for model in fits}
    return list(chosen.values())


def _model_fields(model: MlModel) -> dict[str, Any]:
    return {
        "model_id": model.model_id,
        "name": model.name,
        "active": model.active,
        "target_me": model.target_me,
        "anomaly_threshold": model.anomaly_threshold,
    }


def _flag_fields(flag: MlFlag, models: Mapping[int, MlModel]) -> dict[str, Any]:
    model = models.get(flag.model_id)
    return {
        "run_number": flag.run_number,
        "ls": flag.ls_number,
        "model_id": flag.model_id,
        "model": model and model.name,
        "me": model and model.target_me,
        "me_id": flag.me_id,
        "metric": flag.metric,
    }


def _flag_columns(flags: Sequence[MlFlag], models: Mapping[int, MlModel]) -> list[Column]:
    by_place: dict[tuple[int, int], list[MlFlag]] = {}
    for flag in flags:
        by_place.setdefault((flag.run_number, flag.model_id), []).append(flag)
    places = sorted(by_place)
    of = [by_place[place] for place in places]
    known = [models.get(model) for _, model in places]
    worst = [max((flag.metric for flag in group if flag.metric is not None), default=None) for group in of]
    masks = [LSMask.from_numbers([flag.ls_number for flag in group]) for group in of]
    several = len({run for run, _ in places}) > 1
    return [
        *([Column("run", [str(run) for run, _ in places], right=True)] if several else []),
        Column("model", [str(model) for _, model in places], right=True),
        Column("LS", [str(len(mask)) for mask in masks], right=True),
        Column("worst", [_number(value) for value in worst], right=True),
        Column(
            "monitoring element", [(one and (one.target_me or one.name)) or ABSENT for one in known], least=18
        ),
        Column("which LS", [str(mask) for mask in masks], least=12),
    ]


def _number(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.4g}"
