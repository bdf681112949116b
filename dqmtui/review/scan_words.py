"""What a review says of scores and scans, and in which order one walks through what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.scan_scores import JUDGED_TEXTS, Judged
from dqmtui.model.judging.scan_trend import LEAST_LS
from dqmtui.review.histograms import LoadState
from dqmtui.review.scan_state import ScanPhase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.model.judging.scan_ranges import ScanResult, Suspicion
    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.review.scan_state import Scan
    from dqmtui.review.state import ReviewState


def in_ls_order(found: Sequence[Suspicion]) -> list[Suspicion]:
    """Sort suspicions as one walks through a run: by LS, where they are highest, the higher score first."""
    return sorted(found, key=lambda one: (one.peak_ls, -one.score, one.element.me))


def told(one: Suspicion) -> str:
    """Say what a suspicion is in one line."""
    span = f"LS {one.first_ls}" if one.first_ls == one.last_ls else f"LS {one.first_ls}-{one.last_ls}"
    explained = f"; {'; '.join(one.conditions)}" if one.conditions else ""
    return f"{span} {one.test} z {one.score:.1f}: {one.why}{explained}"


def summary(result: ScanResult, scores: Scores, why: str = "") -> str:
    """Sum the scores of one element up in a line, with what they were made against."""
    n = len(result.suspicions)
    count = f"{n} suspicious range{'s' * (n != 1)}" if n else "Nothing suspicious"
    rest = "".join(f", {text}" for text in not_judged(result))
    beside = (
        f"|z| > {result.threshold:.1f}, {result.trials} trials, "
        f"{result.expected_false_alarms:g} false alarm expected; against {scores.reference}"
    )
    return f"{count} in {result.lumisections} judged LS{rest} ({beside}){f'; {why}' if why else ''}"


def judged_of_good(result: ScanResult) -> str:
    """Say how many of the good LS were judged, and why the others were not."""
    return "; ".join((f"{result.lumisections} of {result.good} good LS judged", *not_judged(result)))


def not_judged(result: ScanResult) -> list[str]:
    """Say how many good LS were not judged in any element, or not by their entries, and why."""
    number = sum(n for _, n in result.not_judged)
    reasons = ", ".join(f"{n} {JUDGED_TEXTS[state]}" for state, n in result.not_judged)
    told = [f"{number} not judged ({reasons})"] if number else []
    if result.without_data:
        told.append(f"{result.without_data} more without data")
    if result.without:
        told.append(f"{result.without} of unknown {result.per.removeprefix('the ')}: entries not judged")
    return told


def found_by(scan: Scan) -> str:
    """Say what a scan that is over has found, and of how much."""
    n = len(scan.result.suspicions)
    explained = sum(bool(one.conditions) for one in scan.result.suspicions)
    of_all = f"{scan.done} of {scan.total}" if scan.done < scan.total else f"{scan.total}"
    what = f"{n} suspicious range{'s' * (n != 1)}" if n else "nothing suspicious"
    beside = f", {explained} explained by conditions" if explained else ""
    failed = f"; {len(scan.failed)} could not be scored" if scan.failed else ""
    found = f"{what} in {of_all} MEs{beside}{failed}"
    return f"Scan {scan.phase.value}: {found}; S shows the list, ] goes to the next"


def short_progress(scan: Scan) -> str:
    """Say how far a scan that is under way has come, on a line with other things."""
    if scan.phase is ScanPhase.WAITING:
        return f"scan {scan.done}/{scan.total} MEs, waits for the service"
    to_go = "" if scan.eta_s is None else f", {scan.eta_s:.0f} s to go"
    return f"scan {scan.done}/{scan.total} MEs, {scan.histograms} histograms{to_go}"


def waiting(scan: Scan, why: str) -> str:
    """Say that a scan waits, and for what."""
    return f"The scan waits after {scan.done} of {scan.total} MEs, and goes on by itself: {why}"


def too_few(least: int, expression: str, why: str, untriggered: int = 0) -> str:
    """Say that there are fewer good LS than the least, and what to do about it.

    `untriggered` are good LS that do not count, for their trigger rate is 0.
    """
    parts = [why] if why else []
    parts += [f"the trigger rate is 0 in {untriggered} more"] if untriggered else []
    because = f" ({'; '.join(parts)})" if parts else ""
    return (
        f"Fewer than {least} LS are good by {expression!r}{because}: nothing to compare with; "
        "J chooses other good LS."
    )


def nothing_judged(scores: Scores, why: str = "") -> str:
    """Say that no LS of an element could be judged, for what reason, and what to do about it."""
    counts = np.bincount(scores.state, minlength=len(Judged))
    low, alone = int(counts[Judged.LOW_STATISTICS]), int(counts[Judged.NOT_COMPARABLE])
    if low + alone < LEAST_LS:
        rest = f"; the trigger rate is 0 in {idle} more" if (idle := int(counts[Judged.NO_TRIGGER])) else ""
        reason, way_out = f"{scores.reference}{rest}", "J chooses other good LS"
    elif low >= alone:
        reason, way_out = f"low statistics in {low} LS", "/ finds another element"
    else:
        reason, way_out = f"{alone} LS have none in like conditions beside them", "r chooses a reference run"
    return f"Nothing could be judged: {reason}{f' ({why})' if why else ''}; {way_out}."


def nothing_scanned(scan: Scan) -> str:
    """Say that a scan could judge no LS of any element, and what to do about it."""
    parts = [f"{scan.absent} are not in this run"] if scan.absent else []
    parts += [f"{len(scan.failed)} could not be scored"] if scan.failed else []
    reasons = [(state, n) for state, n in scan.result.not_judged if state is not Judged.ABSENT]
    parts += [f"{n} LS: {JUDGED_TEXTS[state]}" for state, n in reasons]
    why = f": {', '.join(parts)}" if parts else ""
    return f"Nothing could be judged in {scan.done} MEs{why}; S scans others."


def not_to_be_scored(state: ReviewState, load: HistogramLoad | None) -> str:
    """Say why there is nothing that could be scored, and what to do about it; "" if there is or may come."""
    if state.run is None:
        return "Nothing can be judged: no run is open."
    if state.element is None:
        return "Nothing can be judged yet: / finds a monitoring element."
    if load is None or load.state is LoadState.LOADING:
        return ""
    has_rows = load.stack is not None and load.stack.rows_loaded
    if load.stack is None or (load.error is not None and not has_rows):
        why = "" if load.error is None else f" ({load.error.message})"
        return (
            f"Nothing can be judged: no histograms of {load.element.short_name} came{why}; ctrl+r asks again."
        )
    if not has_rows:
        return f"Nothing can be judged: no {load.element.short_name} in this run; / finds another element."
    return ""


def no_more(found: Sequence[Suspicion], step: int) -> str:
    """Say that there is no suspicious range in a direction."""
    if not found:
        return "There is no suspicious LS."
    return f"There is no suspicious LS {'after' if step > 0 else 'before'} this one; {len(found)} in all."
