"""`dqmtui compare`: how a histogram, or every lumisection by itself, compares with a reference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.against import RefOptions
from dqmtui.cli.compare_each import rows_of_each, trials
from dqmtui.cli.compare_tests import BETA_Z, KS, OF_MAPS, PER_BIN, TESTS, Pairs, compared, names
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.frames_out import check_targets, frame_of_columns, write_frame
from dqmtui.cli.hist import find, said
from dqmtui.cli.hist_drawing import draw
from dqmtui.cli.json_text import json_rows, plain
from dqmtui.cli.loading import Selection
from dqmtui.cli.named_masks import Names
from dqmtui.cli.output import put
from dqmtui.cli.picture_files import PictureFiles
from dqmtui.cli.pictures import Pictures
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.layouts import PlotOptions
from dqmtui.model.lsmask import LSMask
from dqmtui.model.text import harmless, shortened
from dqmtui.render.ticks import si_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dqmtui.cli.hist_found import Found
    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer

Row = dict[str, Any]
ALL = "all"
NO_COUNTS = "the bins of a ratio or difference are no counts, which these tests need"


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    me: str,
    dataset: str | None,
    ls: LSMask | None,
    good: str | None,
    exclude: Sequence[LSMask],
    mask: Path | None,
    golden: str | None,
    norm: str,
    rate: str | None,
    refs: Sequence[str],
    ref_dataset: str | None,
    ref_good: str | None,
    ref_exclude: Sequence[LSMask],
    tests: Sequence[str],
    each: bool,
    log: bool,
    width: int | None,
    height: int | None,
    as_json: bool,
    csv: Path | None,
    parquet: Path | None,
    force: bool,
    svg: Path | None,
    png: Path | None,
    code: Path | None,
) -> None:
    """Print the tests and, of the sum, the plot; raises Stop and ServiceError."""
    check_targets(csv, parquet, force=force, as_json=as_json)
    files = PictureFiles(svg, png, code, force)
    files.check(csv, parquet, as_json=as_json)
    if each and files.are_wanted:
        raise Stop(Exit.USAGE, "--each-ls gives a table: --svg, --png and --code go without it.")
    names = Names(work, golden, {"--good": good, "--ref-good": ref_good})
    selection = Selection.of(ls, good, exclude, mask, names)
    options = RefOptions.of(refs, ref_dataset, ref_good, ref_exclude)
    is_all = ALL in tests
    wanted = TESTS if is_all else tuple(test for test in TESTS if test in tests)
    if each and len(options.refs) > 1:
        raise Stop(Exit.USAGE, "--each-ls compares with one reference: give --ref once.")
    found = await find(data, work, run, me, dataset, selection, options, norm=norm, rate=rate, whole=each)
    wanted = _fitting(found.element.dim, wanted, is_all=is_all)
    rows = rows_of_each(found, selection, options, wanted) if each else rows_of_sum(found, wanted)
    for note in trials(rows) if each else said(found):
        tell(note)
    if as_json:
        put(json_rows(rows))
    if csv is not None or parquet is not None:
        columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
        write_frame(frame_of_columns(columns, {}), csv, parquet, force=force)
    if files.are_wanted and not found.current.masked:
        files.write(work, found.shown(options=PlotOptions(log_y=log), rate=data.rate.typed))
    if as_json or csv is not None or parquet is not None or files.are_wanted:
        _refuse_nothing(rows)
        return
    if each:
        against = f" against {rows[0]['reference']}" if rows else ""
        tell(f"run {run}, {found.entry.dataset}: {found.element.me}{against}")
        work.put_table(aligned(columns_of(rows), work.table_width))
        return
    if not found.current.masked:
        lines = lines_of(rows)
        pictures = Pictures.of(work, width, height)
        size = pictures.size_without(len(lines))
        picture = draw(found, pictures, size, comparison="overlay", log=log, errors=False)
        pictures.put([f"run {run}  {found.entry.dataset}", found.element.me], picture)
        put("".join(f"{shortened(harmless(line), size[0], ellipsis='...')}\n" for line in lines))
    _refuse_nothing(rows)


def rows_of_sum(found: Found, tests: Sequence[str]) -> list[Row]:
    """Give a row per reference: what is compared, with what, in which normalisation, and the tests."""
    rows: list[Row] = []
    current, columns = found.current, names(tests, found.element.dim)
    for one in found.beside:
        reference, x = one.overlay.reference, one.overlay.current.x
        why = one.overlay.refused or (NO_COUNTS if current.is_ratio else "")
        row: Row = {
            "run_number": found.entry.run,
            "dataset": found.entry.dataset,
            "me": found.element.me,
            "ls": str(LSMask.from_numbers(current.ls)),
            "n_ls": current.n_ls,
            "n": plain(current.total),
            "reference": one.reference.label,
            "reference_dataset": one.origin.dataset,
            "reference_n_ls": reference.n_ls,
            "reference_n": plain(reference.total),
            "normalisation": current.label,
            "refused": why,
            "low_statistics": None,
            **dict.fromkeys(columns),
        }
        if not why and x is not None:
            counts = one.overlay.current.counts[np.newaxis], reference.counts[np.newaxis]
            pairs = Pairs(*counts, x, one.overlay.current.y)
            row["low_statistics"] = bool(pairs.is_low[0])
            row |= {name: column[0].item() for name, column in compared(pairs, tests).items()}
        rows.append(row)
    return rows


def _fitting(dim: int, tests: Sequence[str], *, is_all: bool) -> tuple[str, ...]:
    """Give the tests that mean something in so many dimensions; raises Stop for one that does not."""
    if dim == 1:
        return tuple(tests)
    if KS in tests and not is_all:
        raise Stop(
            Exit.USAGE,
            "A map has no Kolmogorov distance: its bins stand in no order; --test may be:",
            OF_MAPS,
        )
    return tuple(test for test in tests if test in OF_MAPS)


def _refuse_nothing(rows: Sequence[Row]) -> None:
    """End with an error when nothing could be compared."""
    refused = [row["refused"] for row in rows if row.get("refused")]
    if rows and len(refused) == len(rows):
        raise Stop(Exit.NOT_FOUND, f"nothing could be compared: {refused[0]}")


def lines_of(rows: Sequence[Row]) -> list[str]:
    """Write the rows of a sum for people: what is compared, then with what, and a line for each test."""
    first = rows[0]
    lines = [f"{_si(first['n'])} in {first['n_ls']} LS, shown as {first['normalisation']}"]
    for row in rows:
        low = "; low statistics: not significant" if row["low_statistics"] else ""
        lines.append(f"against {row['reference']}: {_si(row['reference_n'])}{low}")
        if row["refused"]:
            lines.append(f"  not compared: {row['refused']}")
        else:
            lines += [f"  {name:<16} {said}" for name, said in results(row)]
    return lines


def results(row: Row) -> Iterator[tuple[str, str]]:
    """Write the tests of a row for people: name and outcome of each."""
    if "chi2" in row:
        said = "no degree of freedom"
        if row["chi2_dof"]:
            quotient = f"{_number(row['chi2'])}/{row['chi2_dof']}"
            said = f"{_number(row['chi2_per_dof'])} = {quotient}, {_p(row, 'chi2')}"
        yield "chi2 of shapes", said
    if "ks" in row:
        yield "Kolmogorov", f"{_number(row['ks'])}, {_p(row, 'ks')}"
    if "pull_largest" in row:
        yield "pull per bin", f"largest {_number(row['pull_largest'])}"
    if PER_BIN in row:
        mean, largest = _number(row[PER_BIN]), _number(row["beta_binomial_largest"])
        yield "beta-binomial", f"mean square {mean} (0.4 without a difference), largest {largest}"
    for name in ("mean", "mean_x", "mean_y"):
        if name in row:
            means = f"{_si(row[name])} against {_si(row[f'{name}_reference'])}"
            shift = f"{_number(row[f'{name}_shift'])} sigma, {_p(row, name)}"
            yield name.replace("_", " "), f"{means}: {shift}"


def _p(row: Row, name: str) -> str:
    """Write a probability, as a power of ten where it is too small for anything else."""
    p, log10_p = row[f"{name}_p"], row[f"{name}_log10_p"]
    if p is None or math.isnan(p):
        return "p unknown"
    return f"p {p:.3g}" if p > 0 else f"p 10^{log10_p:.0f}"


def _si(value: float | None) -> str:
    return "unknown" if value is None or math.isnan(value) else si_number(value, 4)


def _number(value: float | None) -> str:
    return "unknown" if value is None or math.isnan(value) else f"{value:.4g}"


def columns_of(rows: Sequence[Row]) -> list[Column]:
    """Give the columns of a table for people, the most telling first; those without room are left out."""
    said = {"run_number", "dataset", "me", "reference", "reference_dataset", "normalisation", "refused"}
    rest = [name for name in rows[0] if name not in {*said, *_TITLES} and not name.endswith("log10_p")]
    shown = {name: title for name, title in _TITLES.items() if name in rows[0]}
    return [
        Column(title, [_cell(row[name]) for row in rows], right=True)
        for name, title in {**shown, **{name: name for name in rest}}.items()
    ]


_TITLES = {
    "ls": "LS",
    "n": "n",
    "low_statistics": "low",
    "chi2_per_dof": "chi2/dof",
    "chi2_p": "p(chi2)",
    "ks": "KS",
    "ks_p": "p(KS)",
    "pull_largest": "max pull",
    BETA_Z: "beta-bin z",
    "mean_shift": "mean/sigma",
    "mean_p": "p(mean)",
    "mean_x_shift": "mean x/sigma",
    "mean_y_shift": "mean y/sigma",
    "chi2_dof": "dof",
}
"""Columns in the order of a table for people, with their titles there."""


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "low" if value else "-"
    return f"{value:.3g}" if isinstance(value, float) else "-" if value is None else str(value)
