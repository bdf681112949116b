"""Machine-learning models that watch the tracker's MEs, and the lumisections that they flag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.seeds import uniform

if TYPE_CHECKING:
    from dqmtui.demo.cms.ranges import LsArray
    from dqmtui.demo.cms.records import Attributes, Element
    from dqmtui.demo.cms.truth import Anomaly

_FALSE_ALARMS = 0.002
_MISSED = 0.1


@dataclass(frozen=True, slots=True)
class Model:
    """One model: it flags an LS when its reconstruction error of the target ME exceeds the threshold."""

    model_id: int
    target_me: str
    threshold: float
    active: bool = True
    revision: int = 1

    def attributes(self, element: Element) -> Attributes:
        """Row of ml-models-index with the fields of both versions of the backend."""
        short = self.target_me.rpartition("/")[2]
        return {
            "model_id": self.model_id,
            "filename": f"model_{short}_checkpoint_202405{10 + self.revision:02d}.onnx",
            "target_me": self.target_me,
            "active": self.active,
            "id": self.model_id,
            "name": f"autoencoder {short}",
            "revision": self.revision,
            "type": "autoencoder",
            "anomaly_threshold": self.threshold,
            "input_signature": {
                "input": [None, element.ny, element.nx] if element.dim > 1 else [None, element.nx]
            },
        }

    def flagged(self, run: int, ls: LsArray, anomalies: list[Anomaly]) -> tuple[LsArray, list[float]]:
        """LS that the model flags and their errors: most of the truly bad ones, and a few good ones."""
        luck = uniform(ls, self.model_id, run, "model")
        bad = np.zeros(ls.size, np.bool_)
        for anomaly in anomalies:
            bad |= anomaly.covers(ls)
        flagged = np.where(bad, luck >= _MISSED, luck < _FALSE_ALARMS)
        excess = np.where(bad, 1.3 + 2.5 * luck, 1.0 + 80.0 * luck)
        return ls[flagged], np.round(self.threshold * excess[flagged], 6).tolist()


_PIXELS = "PixelPhase1/Tracks"
_MAPS = "PixelPhase1/Phase1_MechanicalView/PXBarrel"

MODELS = (
    Model(17, f"{_PIXELS}/PXBarrel/charge_PXLayer_1", 0.06, active=False),
    Model(19, f"{_PIXELS}/PXBarrel/charge_PXLayer_1", 0.05, revision=2),
    Model(20, f"{_PIXELS}/PXForward/charge_PXDisk_+1", 0.05),
    Model(21, f"{_MAPS}/clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_2", 0.12),
    Model(22, "SiStrip/MechanicalView/TIB/layer_2/Summary_ClusterStoNCorr__OnTrack__TIB__layer__2", 0.05),
    Model(23, "Tracking/PrimaryVertices/highPurityTracks/pt_0to1/offline/NumberOfGoodPVtx_offline", 0.08),
)
