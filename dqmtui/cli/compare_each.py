"""Comparing every lumisection by itself with a reference that it is no part of."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.against import good_beside, read_ref
from dqmtui.cli.compare_tests import BETA, BETA_Z, Pairs, calibrated_beta, compared
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import plain
from dqmtui.cli.loading import EVERYTHING, Selection
from dqmtui.model.integrate import integral_without_each, integrate
from dqmtui.model.lsmask import LSMask
from dqmtui.model.rebin import merged, merging
from dqmtui.model.reference import neighbours_of_each
from dqmtui.review.choices import Neighbours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.cli.against import RefOptions
    from dqmtui.cli.hist_found import Found
    from dqmtui.model.integrate import Integral

    Floats = NDArray[np.float64]

Row = dict[str, Any]
THRESHOLD = 1e-3
"""Probability below which a test of an LS is counted."""


def rows_of_each(found: Found, selection: Selection, options: RefOptions, tests: Sequence[str]) -> list[Row]:
    """Give a row per LS: how many entries, against what, in which normalisation, and the tests.

    Raises Stop when the reference does not fit.
    """
    current = found.current
    if current.is_ratio:
        raise Stop(Exit.NOT_FOUND, f"{found.element.me} is a ratio or a difference: its bins are no counts.")
    if current.x is None:
        raise Stop(Exit.NOT_FOUND, current.masked)
    label, reference, n_ls = _reference(found, selection, options)
    counts = _brought(found, current)
    pairs = Pairs(counts, np.broadcast_to(reference, counts.shape), current.x, current.y)
    made = compared(pairs, tests)
    if BETA in tests:
        made[BETA_Z] = calibrated_beta(made, pairs.is_low)
    columns = {name: column.tolist() for name, column in made.items()}
    n, m, low = plain(pairs.n), plain(pairs.m), pairs.is_low.tolist()
    return [
        {
            "run_number": found.entry.run,
            "dataset": found.entry.dataset,
            "me": found.element.me,
            "ls": ls,
            "n": n[at],
            "reference": label,
            "reference_dataset": found.beside[0].origin.dataset,
            "reference_n_ls": int(n_ls[at]),
            "reference_n": m[at],
            "normalisation": "shapes of counts",
            "low_statistics": low[at],
            **{name: column[at] for name, column in columns.items()},
        }
        for at, ls in enumerate(current.ls.tolist())
    ]


def trials(rows: Sequence[Row]) -> list[str]:
    """Say how many tests were made and how many of them would be below a threshold by chance alone."""
    names = [name for name in (rows[0] if rows else ()) if name.endswith("_p") and "log10" not in name]
    judged = [row for row in rows if not row["low_statistics"]]
    told = [row[name] for row in judged for name in names if not isnan(row[name])]
    beyond, number = sum(p < THRESHOLD for p in told), len(told)
    low = len(rows) - len(judged)
    of = ", ".join(name.removesuffix("_p") for name in names)
    if not number:
        return [f"{low} LS of low statistics are not judged"] if low else []
    return [
        f"{number} probabilities ({len(judged)} LS x {of}): {beyond} below {THRESHOLD:g}, where "
        f"chance alone would give {number * THRESHOLD:.2g}"
        + (f"; {low} LS of low statistics are not counted" if low else "")
    ]


def _reference(
    found: Found, selection: Selection, options: RefOptions
) -> tuple[str, Floats, NDArray[np.int64]]:
    """Give the reference of each LS: what it is, its counts (n, ...) or (...), and of how many LS (n,)."""
    stack, ls = found.stack, found.current.ls
    (text,) = options.refs
    match read_ref(text):
        case int() as run if run != found.entry.run or options.dataset:
            (one,) = found.beside
            if one.overlay.refused:
                raise Stop(Exit.NOT_FOUND, f"nothing could be compared: {one.overlay.refused}")
            return (
                one.reference.label,
                one.overlay.reference.counts,
                np.full(ls.size, one.overlay.reference.n_ls),
            )
        case Neighbours(k, gap):
            good = good_beside(found.looked, options)
            sums = neighbours_of_each(stack, good, ls, k, gap)
            by = _chosen_by(selection, options)
            label = f"{k} LS{by} on either side, without {gap} next to it"
            return label, _counts(sums.counts), sums.n_ls
        case _:
            good = good_beside(found.looked, options)
            total = integrate(stack, good)
            rest = integral_without_each(stack, total, ls)
            empty = int(np.count_nonzero(stack.empty & np.isin(stack.ls, total.ls)))
            without = f", {empty} of them empty" if empty else ""
            label = f"the rest of {total.n_ls} LS{_chosen_by(selection, options)}{without}"
            return label, _counts(rest.counts), rest.n_ls


def _chosen_by(selection: Selection, options: RefOptions) -> str:
    """Say by what the LS of the run that are the reference were chosen, "" where all were taken."""
    if options.good is not None:
        chosen = Selection(good=options.good, exclude=options.exclude)
    else:
        without = LSMask.of(selection.exclude, options.exclude)
        chosen = replace(selection, ls=EVERYTHING, exclude=without)
    return chosen.in_words.removeprefix("all LS")


def _counts(counts: NDArray[np.floating]) -> Floats:
    return np.asarray(counts, dtype=np.float64)


def _brought(found: Found, current: Integral) -> Floats:
    """Give the counts of each LS (n, ...) on the axes that the reference shares."""
    stack = found.stack
    counts = stack.data[np.searchsorted(stack.ls, current.ls)].astype(np.float64)
    for mine, common, dimension in ((stack.x, current.x, -1), (stack.y, current.y, 1)):
        how = None if mine is None or common is None else merging(mine, common)
        if how is not None and how.changes:
            counts = merged(counts, how, dimension)
    return counts
