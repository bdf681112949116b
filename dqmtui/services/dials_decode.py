"""Replies of DIALS turned into records; both spellings of the two backends are understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

import numpy as np

from dqmtui.model.keys import MonitoringElement
from dqmtui.model.secrets import holds_known_secret
from dqmtui.services.decode import (
    ANSWER,
    Fields,
    Malformed,
    as_flag,
    as_float,
    as_int,
    as_list,
    as_object,
    as_text,
    as_time,
)
from dqmtui.services.records import (
    CertificationJson,
    Dataset,
    FileStatus,
    MlFlag,
    MlModel,
    RunRow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.services.records import Int64Array

T = TypeVar("T")

LUMISECTION_FIELDS = "dataset_id,run_number,ls_number,th1_count,th2_count"
"""What is asked of a row of lumisection: all but the long name that every row repeats."""

_TOKEN_LIMIT = 4096
_RUN_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``next_token`` is None on the last one."""

    rows: list[T]
    next_token: str | None


def page(payload: object, row: Callable[[Fields], T]) -> Page[T]:
    """Return one page of a list with its rows decoded; raise Malformed."""
    results, token = page_parts(payload)
    return Page([row(Fields(item, f"results[{index}]")) for index, item in enumerate(results)], token)


def plain_list(payload: object, row: Callable[[Fields], T]) -> list[T]:
    """Return a list that comes without pages, its rows decoded, each once; raise Malformed."""
    items = as_list(payload, ANSWER)
    return list(dict.fromkeys(row(Fields(item, f"[{index}]")) for index, item in enumerate(items)))


def page_parts(payload: object) -> tuple[list[object], str | None]:
    """Return the rows of a page as they came and the token of the next page; raise Malformed.

    Only the token is taken out of ``next``: the URL around it is built from headers and never followed.
    """
    body = as_object(payload, ANSWER)
    for name in ("results", "next"):
        if name not in body:
            raise Malformed(name, "is missing")
    results = as_list(body["results"], "results")
    url = body["next"]
    if url is None:
        return results, None
    if not isinstance(url, str):
        raise Malformed("next", "is no URL")
    try:
        tokens = parse_qs(urlsplit(url).query, max_num_fields=200).get("next_token", [])
    except ValueError as error:
        raise Malformed("next", "is no URL") from error
    if not tokens:
        raise Malformed("next", "has no next_token")
    if len(tokens[-1]) > _TOKEN_LIMIT:
        raise Malformed("next", "has a next_token that is too long")
    if holds_known_secret(tokens[-1]):
        raise Malformed("next", "has a next_token that repeats a secret")
    return results, tokens[-1]


def workspaces(payload: object) -> list[str]:
    """Return the names of workspaces from ``{"workspaces": [...]}`` or a plain list; raise Malformed."""
    names = payload if isinstance(payload, list) else as_object(payload, ANSWER).get("workspaces")
    return [as_text(name, f"workspaces[{index}]") for index, name in enumerate(as_list(names, "workspaces"))]


def default_workspace(payload: object) -> str:
    """Return the name in ``{"workspace": ...}``; raise Malformed."""
    return Fields(payload, ANSWER).need(as_text, "workspace")


def dataset(row: Fields) -> Dataset:
    """Return one row of dataset-index."""
    return Dataset(
        dataset_id=row.need(as_int, "dataset_id"),
        dataset=row.need(as_text, "dataset"),
        era=row.get(as_text, "era"),
        data_tier=row.get(as_text, "data_tier"),
        primary_ds_name=row.get(as_text, "primary_ds_name"),
        processed_ds_name=row.get(as_text, "processed_ds_name"),
        processing_version=row.get(as_int, "processing_version"),
        last_modification_date=row.get(as_time, "last_modification_date"),
    )


def file_status(row: Fields) -> FileStatus:
    """Return one row of file-index."""
    return FileStatus(
        dataset_id=row.need(as_int, "dataset_id"),
        dataset=row.need(as_text, "dataset"),
        file_id=row.need(as_int, "file_id"),
        logical_file_name=row.need(as_text, "logical_file_name"),
        status=row.need(as_text, "status"),
        file_size=row.get(as_int, "file_size"),
        creation_date=row.get(as_time, "creation_date"),
        last_modification_date=row.get(as_time, "last_modification_date"),
        err_trace=row.get(as_text, "err_trace"),
    )


def run_row(row: Fields, dataset_id: int | None = None, run_number: int | None = None) -> RunRow:
    """Return one row of run, which must be of this dataset and run when they are given."""
    return RunRow(
        dataset_id=row.expect("dataset_id", dataset_id),
        dataset=row.need(as_text, "dataset"),
        run_number=row.expect("run_number", run_number),
        ls_count=row.need(as_int, "ls_count"),
        ls_completeness=row.get(as_float, "ls_completeness"),
    )


def lumisection(row: Fields, dataset_id: int, run_number: int) -> tuple[int, int, int]:
    """Return LS number, th1_count and th2_count of one row of lumisection of this dataset and run."""
    row.expect("dataset_id", dataset_id)
    row.expect("run_number", run_number)
    return row.need(as_int, "ls_number"), row.need(as_int, "th1_count"), row.need(as_int, "th2_count")


def ls_count(payload: object, dataset_id: int, run_number: int) -> int:
    """Return how many LS the row of this run says it has; raise Malformed."""
    return _size(run_row(Fields(payload, ANSWER), dataset_id, run_number).ls_count, "ls_count")


def count(payload: object) -> int:
    """Return the number in ``{"count": ...}``; raise Malformed."""
    return _size(Fields(payload, ANSWER).need(as_int, "count"), "count")


def monitoring_element(row: Fields) -> MonitoringElement:
    """Return one row of mes."""
    return MonitoringElement(
        me_id=row.need(as_int, "me_id"),
        me=row.need(as_text, "me"),
        dim=row.need(as_int, "dim"),
        count=row.get(as_int, "count"),
    )


def ml_model(row: Fields) -> MlModel:
    """Return one row of ml-models-index."""
    return MlModel(
        model_id=row.need(as_int, "model_id", "id"),
        name=row.need(as_text, "filename", "name"),
        active=row.need(as_flag, "active"),
        target_me=row.get(as_text, "target_me"),
        anomaly_threshold=row.get(as_float, "anomaly_threshold"),
    )


def ml_flag(row: Fields, dataset_id: int, run_number: int) -> MlFlag:
    """Return one row of ml-bad-lumisection of this dataset and run."""
    return MlFlag(
        model_id=row.need(as_int, "model_id"),
        dataset_id=row.expect("dataset_id", dataset_id),
        run_number=row.expect("run_number", run_number),
        ls_number=row.need(as_int, "ls_number"),
        metric=row.get(as_float, "mse", "metric_value"),
        me_id=row.get(as_int, "me_id"),
    )


def certification_json(payload: object) -> CertificationJson:
    """Return the reply of caf; raise Malformed."""
    fields = Fields(payload, ANSWER)
    content = fields.need(as_object, "content")
    return CertificationJson(
        name=fields.need(as_text, "name"),
        url=fields.need(as_text, "url"),
        last_modified=fields.get(as_time, "last_modified"),
        ranges={
            _run_number(run): tuple(
                _ls_range(pair, f"content.{run}[{index}]")
                for index, pair in enumerate(as_list(pairs, f"content.{run}"))
            )
            for run, pairs in content.items()
        },
    )


def int_column(rows: Sequence[dict[str, object]], name: str) -> Int64Array:
    """Return one whole-number field of all rows as int64 (n,); raise Malformed naming the first bad row."""
    values = [row.get(name) for row in rows]
    if set(map(type, values)) != {int}:
        values = [as_int(_there(row, name, index), _at(index, name)) for index, row in enumerate(rows)]
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError as error:
        raise Malformed(f"results[...].{name}", "is out of range") from error


def _size(number: int, where: str) -> int:
    if number < 0:
        raise Malformed(where, "is negative")
    return number


def _there(row: dict[str, object], name: str, index: int) -> object:
    if name not in row:
        raise Malformed(_at(index, name), "is missing")
    return row[name]


def _at(index: int, name: str) -> str:
    return f"results[{index}].{name}"


def _run_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _RUN_DIGITS):
        raise Malformed(f"content.{text}", "is no run number")
    return int(text)


def _ls_range(value: object, where: str) -> tuple[int, int]:
    match as_list(value, where):
        case [first, last]:
            return as_int(first, where), as_int(last, where)
    raise Malformed(where, "is no pair of LS numbers")
