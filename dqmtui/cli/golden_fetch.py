"""`dqmtui golden fetch`: a certification JSON that the Run Registry makes by a rule in JSON logic."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from dqmtui.cli.golden import read_rule
from dqmtui.cli.notes_desk import ended_well, put_out
from dqmtui.cli.talk import tell
from dqmtui.model.certification import read_certification, write_certification
from dqmtui.model.golden import combine
from dqmtui.model.lsmask import MaskError
from dqmtui.review.registry import registry_of
from dqmtui.services.errors import BadReply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.model.certification import Certification


def show(
    work: Work,
    *,
    logic: Path,
    datasets: Sequence[str],
    meta: bool,
    output: Path | None,
    force: bool,
    as_json: bool,  # noqa: ARG001 - a mask is JSON either way
) -> None:
    """Print what the Run Registry makes of each dataset, put together; raises Stop and ServiceError."""
    rule = read_rule(logic)
    names = list(dict.fromkeys(datasets))
    made = asyncio.run(_made(work, rule, names))
    certifications = [_certification(name, one) for name, one in zip(names, made, strict=True)]
    for name, one in zip(names, certifications, strict=True):
        tell(f"{name}: {len(one)} runs")
    if meta:
        text = json.dumps(made[0] if len(made) == 1 else dict(zip(names, made, strict=True)), indent=4)
    else:
        text = write_certification(combine(certifications, "or"))
    with ended_well():
        put_out(text, output, force=force)


async def _made(work: Work, rule: object, datasets: Sequence[str]) -> list[Mapping[str, Any]]:
    """Ask for one after the other: each keeps the Run Registry busy for a while."""
    registry = registry_of(work.settings)
    made = []
    for dataset in datasets:

        def said(part: str, name: str = dataset) -> None:
            tell(f"{name}: {_percent(part)}")

        made.append(await registry.make_json(rule, dataset, said))
    return made


def _percent(part: str) -> str:
    try:
        return f"{float(part):.0%} made"
    except ValueError:
        return "is being made"


def _certification(dataset: str, made: Mapping[str, Any]) -> Certification:
    try:
        return read_certification(json.dumps(made["generated_json"]))
    except MaskError as error:
        raise BadReply(
            f"The certification JSON of {dataset} by the Run Registry makes no sense: {error}.",
            service="Run Registry",
        ) from error
