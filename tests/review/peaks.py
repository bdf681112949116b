"""A small service of histograms with a peak, which in a few lumisections of one element stands elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.model.conditions import DCS_ONLY_FLAGS
from tests.review.little import CHARGE, MAP, RUN, ZERO_BIAS, Little, oms_rates

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

N_LS = 60
BAD = (30, 32)
OTHER_RUN = 381080
_BINS = 24
_ENTRIES = 4000.0
_CENTRES = np.arange(_BINS) + 0.5


class Peaked(Little):
    """The element CHARGE is shifted in LS 30 to 32 of run 381065; all other histograms are as ever."""

    _me_id = _run = 0

    def _histograms(self, request: Request, *, is_map: bool) -> Response:
        self._me_id = int(request.query_params["me_id"])
        self._run = int(request.query_params["run_number"])
        return super()._histograms(request, is_map=is_map)

    def _histogram(self, ls: int, *, is_map: bool) -> dict[str, Any]:
        moved = self._me_id == CHARGE.me_id and BAD[0] <= ls <= BAD[1] and self._run == RUN.run
        shape = np.exp(-0.5 * ((_CENTRES - (15.0 if moved else 12.0)) / 3) ** 2) + 0.02
        rng = np.random.default_rng((self._me_id, ls, self._run))
        bins = rng.poisson(_ENTRIES * shape / shape.sum()).astype(float)
        row = {"ls_number": ls, "entries": int(bins.sum()), "x_min": 0.0, "x_max": float(_BINS)}
        if is_map:
            data = bins.reshape(4, _BINS // 4)
            return {**row, "x_bin": _BINS // 4, "y_bin": 4, "y_min": 0.0, "y_max": 4.0, "data": data.tolist()}
        return {**row, "x_bin": _BINS, "data": bins.tolist()}


def peaked(little: Little) -> Peaked:
    """Put such a service in place of another one; OMS says that all is well and knows constant rates."""
    service = Peaked(little.web)
    numbers = list(range(1, N_LS + 1))
    service.runs = {(ZERO_BIAS, RUN.run): numbers, (ZERO_BIAS, OTHER_RUN): numbers}
    runs = (RUN.run, OTHER_RUN)
    service.oms = {
        "lumisections": [
            {
                "run_number": run,
                "lumisection_number": ls,
                "pileup": 50.0,
                **dict.fromkeys(DCS_ONLY_FLAGS, True),
            }
            for run in runs
            for ls in numbers
        ],
        "hltpathinfo": [one for run in runs for one in oms_rates(numbers, run)["hltpathinfo"]],
        "hltpathrates": [
            {**one, "rate": 50.0} for run in runs for one in oms_rates(numbers, run)["hltpathrates"]
        ],
    }
    return service


def is_map_request(request: Request) -> bool:
    """Whether histograms of the map are asked for."""
    return request.query_params.get("me_id") == str(MAP.me_id)
