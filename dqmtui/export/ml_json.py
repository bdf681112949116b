"""What anomaly models say of runs, in the two forms in which DIALS gives it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dqmtui.model.certification import write_certification
from dqmtui.model.lsmask import LSMask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dqmtui.services.records import MlFlag, MlModel


def write_cert_json(runs: Iterable[int], flags: Iterable[MlFlag], models: Mapping[int, MlModel]) -> str:
    """Write `{run: {LS: [{model_id, me_id, filename, me, mse}]}}`; a run without flags has none.

    Where DIALS does not say which file or element a model has, or how far it was off, there stands null.
    """
    content: dict[str, dict[str, list[dict[str, Any]]]] = {str(run): {} for run in sorted(set(runs))}
    for flag in sorted(flags, key=lambda flag: (flag.run_number, flag.ls_number, flag.model_id)):
        model = models.get(flag.model_id)
        content[str(flag.run_number)].setdefault(str(flag.ls_number), []).append(
            {
                "model_id": flag.model_id,
                "me_id": flag.me_id,
                "filename": model and model.name,
                "me": model and model.target_me,
                "mse": flag.metric,
            }
        )
    return json.dumps(content, indent=4) + "\n"


def write_golden_json(known: Mapping[int, Collection[int]], flags: Iterable[MlFlag]) -> str:
    """Write `{run: [[first, last]]}` of the LS that are `known` and that no model calls bad.

    A run in which none is left is left out.
    """
    bad: dict[int, set[int]] = {}
    for flag in flags:
        bad.setdefault(flag.run_number, set()).add(flag.ls_number)
    masks = {run: LSMask.from_numbers(sorted({*ls} - bad.get(run, set()))) for run, ls in known.items()}
    return write_certification({run: mask for run, mask in masks.items() if mask})
