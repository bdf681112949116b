"""What a review says of scores: how much was judged, and what not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.scan_ranges import ranges
from dqmtui.model.lsmask import LSMask
from dqmtui.review.scan_words import judged_of_good, nothing_judged, summary, too_few
from dqmtui.review.scans import Scorer
from tests.model.scanned import PEAK, Toy, peaks, stack, table

if TYPE_CHECKING:
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.lstable import LSTable


def with_holes() -> tuple[LSTable, LSMask, HistogramStack]:
    """A run of 60 LS: without a rate row in LS 8 and 41, with the rate 0 from LS 51 on; LS 60 is not good."""
    toy = Toy.flat(60)
    rate = np.full(60, 50.0)
    rate[[7, 40]] = np.nan
    rate[50:] = 0.0
    return table(toy.ls, rate), LSMask.parse("1-59"), stack(toy.ls, peaks(toy, 3), PEAK)


def test_every_good_lumisection_that_is_not_judged_stands_in_the_summary() -> None:
    known, good, histograms = with_holes()
    scorer = Scorer(known, good)
    scores = scorer.score(histograms)
    result = ranges([scores], scorer.judging)
    said = summary(result, scores)
    rest = "9 not judged (9 trigger rate 0), 2 of unknown trigger rate: entries not judged"
    assert said.startswith(f"Nothing suspicious in 50 judged LS, {rest} (|z| > ")
    assert judged_of_good(result) == f"50 of 59 good LS judged; {rest.replace('), ', '); ')}"


def test_that_too_few_good_lumisections_have_a_trigger_is_said() -> None:
    known, _, histograms = with_holes()
    scores = Scorer(known, LSMask.parse("48-59")).score(histograms)
    assert "; the trigger rate is 0 in 9 more; J chooses other good LS" in nothing_judged(scores)
    assert "(the trigger rate is 0 in 9 more)" in too_few(12, "ls > 47", "", 9)
