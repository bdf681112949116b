"""Certification JSON: good lumisections per run, as golden, DCS-only and Run Registry files hold them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from dqmtui.model.lsmask import LSMask, MaskError

if TYPE_CHECKING:
    from collections.abc import Mapping

Certification = dict[int, LSMask]

_RUN = re.compile(r"[0-9]{1,10}")
_ERA = re.compile(r"/[^/]*/(?P<ions>HI)?Run20(?P<year>\d\d)[A-Z]?[-_]", re.ASCII)
_COSMICS = re.compile(r"/[^/]*cosmic|/[^/]*/Commissioning", re.ASCII | re.IGNORECASE)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name given twice: JSON readers would keep the last and lose lumisections in silence."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in content if names.count(name) > 1)
        raise MaskError(f"{twice[:60]!r} stands twice in this certification JSON")
    return content


def read_certification(text: str | bytes) -> Certification:
    """Read `{"380238": [[1, 35]]}`, also inside a `{"generated_json": ...}` wrapper.

    Raises MaskError with the run and the part that is wrong.
    """
    try:
        content = json.loads(text, object_pairs_hook=_object)
    except MaskError:
        raise
    except (ValueError, RecursionError) as error:
        raise MaskError(f"this is not JSON: {error}") from error
    if isinstance(content, dict) and isinstance(content.get("generated_json"), dict):
        content = content["generated_json"]
    if not isinstance(content, dict):
        raise MaskError("a certification JSON is an object of run numbers and their LS ranges")
    masks: Certification = {}
    for run, ranges in content.items():
        if _RUN.fullmatch(run) is None:
            raise MaskError(f"{run[:60]!r} is not a run number")
        try:
            mask = LSMask.from_json(ranges)
        except MaskError as error:
            raise MaskError(f"run {run}: {error}") from error
        number = int(run)
        # "0380238" and "380238" are one run
        masks[number] = masks[number] | mask if number in masks else mask
    return masks


def data_taking_class(dataset: str) -> str:
    """Name the class of certification JSON that a dataset belongs to: `Collisions24`, `Collisions23HI`.

    From the era in the dataset's name (`/ZeroBias/Run2024E-PromptReco-v1/DQMIO`); "" for cosmics, which are
    not certified so, and for names without an era.
    """
    era = _ERA.match(dataset)
    if era is None or _COSMICS.match(dataset):
        return ""
    return f"Collisions{era['year']}{era['ions'] or ''}"


def certification_json(masks: Mapping[int, LSMask]) -> dict[str, list[list[int]]]:
    """Give the golden-style object: runs in order as text, ranges sorted and merged, empty runs left out."""
    return {str(run): masks[run].to_json() for run in sorted(masks) if masks[run]}


def write_certification(masks: Mapping[int, LSMask]) -> str:
    """Write a golden-style JSON, one run on a line."""
    lines = [f'  "{run}": {json.dumps(ranges)}' for run, ranges in certification_json(masks).items()]
    return "{\n" + ",\n".join(lines) + "\n}\n" if lines else "{}\n"
