"""The monitoring elements of each workspace, built from the patterns in their names."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, count
from typing import TYPE_CHECKING

from dqmtui.demo.cms.records import Element

if TYPE_CHECKING:
    from collections.abc import Iterator

Axis = tuple[int, float, float]
"""Number of bins, low edge of the first, high edge of the last."""

_CHARGE: Axis = (100, 0.0, 80e3)  # electrons
_SIZE: Axis = (20, 0.0, 20.0)  # pixels
_RESIDUAL: Axis = (100, -5.0, 5.0)  # in units of the expected error
_SIGNAL_TO_NOISE: Axis = (100, -0.5, 99.5)
_PHI: Axis = (32, -3.141592654, 3.141592654)
_ETA: Axis = (26, -3.0, 3.0)

_LAYERS = (1, 2, 3, 4)
_DISKS = ("+1", "+2", "+3", "-1", "-2", "-3")
_SIDES = ("MINUS", "PLUS")
_LADDERS = {1: 6, 2: 14, 3: 22, 4: 32}
_BLADES = {1: 11, 2: 17}


def elements(workspace: str) -> tuple[Element, ...]:
    """List the monitoring elements of a workspace by me_id; most workspaces have none here."""
    return {"tracker": _tracker, "jetmet": _jetmet}.get(workspace, tuple)()


@lru_cache(maxsize=1)
def _tracker() -> tuple[Element, ...]:
    return tuple(
        chain(_pixel_tracks(), _strips(), _cluster_positions(), _pixel_maps(), _tracking(), _vertices())
    )


def _pixel_tracks() -> Iterator[Element]:
    ids, top = count(1), "PixelPhase1/Tracks"
    for part in ("PXBarrel", "PXForward"):
        yield _one(next(ids), f"{top}/charge_{part}", "pixel_charge", _CHARGE)
    yield _one(next(ids), f"{top}/num_clusters_ontrack_PXBarrel", "clusters_per_event", (100, 0.0, 5000.0))
    yield _one(next(ids), f"{top}/num_clusters_ontrack_PXForward", "clusters_per_event", (100, 0.0, 5000.0))
    for quantity, kind, axis in (("charge", "pixel_charge", _CHARGE), ("size", "cluster_size", _SIZE)):
        for layer in _LAYERS:
            yield _one(next(ids), f"{top}/PXBarrel/{quantity}_PXLayer_{layer}", kind, axis)
    for quantity, kind, axis in (("charge", "pixel_charge", _CHARGE), ("size", "cluster_size", _SIZE)):
        for disk in _DISKS:
            yield _one(next(ids), f"{top}/PXForward/{quantity}_PXDisk_{disk}", kind, axis)


def _strips() -> Iterator[Element]:
    ids, top = count(25), "SiStrip/MechanicalView"
    yield _one(next(ids), f"{top}/MainDiagonal Position", "diagonal", (60, 0.0, 0.6))
    yield _one(next(ids), f"{top}/NumberOfClustersInPixel", "pixel_clusters", (100, 0.0, 20000.0))
    yield _one(next(ids), f"{top}/NumberOfClustersInStrip", "strip_clusters", (100, 0.0, 100000.0))
    for folder, residual, summary in chain(
        _wheels("TEC", 9), _strip_layers("TIB", 4), _wheels("TID", 3), _strip_layers("TOB", 6)
    ):
        place = f"{top}/{folder}"
        yield _one(next(ids), f"{place}/NormalizedHitResiduals_{residual}", "residual", _RESIDUAL)
        name = f"{place}/Summary_ClusterStoNCorr__OnTrack__{summary}"
        yield _one(next(ids), name, "signal_to_noise", _SIGNAL_TO_NOISE)


def _wheels(part: str, last: int) -> Iterator[tuple[str, str, str]]:
    for side in _SIDES:
        for n in range(1, last + 1):
            yield f"{part}/{side}/wheel_{n}", f"{part}__wheel__{n}", f"{part}__{side}__wheel__{n}"


def _strip_layers(part: str, last: int) -> Iterator[tuple[str, str, str]]:
    for n in range(1, last + 1):
        yield f"{part}/layer_{n}", f"{part}__Layer__{n}", f"{part}__layer__{n}"


def _cluster_positions() -> Iterator[Element]:
    ids, top = count(96), "PixelPhase1/Tracks"
    z_phi: tuple[Axis, Axis] = ((100, -60.0, 60.0), (60, -3.2, 3.2))
    x_y: tuple[Axis, Axis] = ((80, -20.0, 20.0), (80, -20.0, 20.0))
    yield _two(next(ids), f"{top}/clusterposition_zphi_ontrack", "map_z_phi", *z_phi)
    for layer in _LAYERS:
        name = f"{top}/PXBarrel/clusterposition_zphi_ontrack_PXLayer_{layer}"
        yield _two(next(ids), name, "map_z_phi", *z_phi)
    for disk in _DISKS:
        yield _two(next(ids), f"{top}/PXForward/clusterposition_xy_ontrack_PXDisk_{disk}", "map_x_y", *x_y)


def _pixel_maps() -> Iterator[Element]:
    """Yield maps with a bin per readout chip: 8 along a module or disk, 2 across a ladder, 4 across a blade.

    Coordinates run from minus to plus the number of modules, disks, ladders or blades, and there is none
    with number 0: the maps have an empty cross.
    """
    ids, top = count(15678), "PixelPhase1/Phase1_MechanicalView"
    for quantity in ("clusters", "digi_occupancy"):
        for layer in _LAYERS:
            ladders = _LADDERS[layer]
            name = f"{top}/PXBarrel/{quantity}_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_{layer}"
            yield _two(next(ids), name, "map_chips", _signed(4, 8), _signed(ladders, 2))
    for quantity in ("clusters", "digi_occupancy"):
        for ring in (1, 2):
            name = f"{top}/PXForward/{quantity}_per_SignedDiskCoord_per_SignedBladePanelCoord_PXRing_{ring}"
            yield _two(next(ids), name, "map_chips", _signed(3, 8), _signed(_BLADES[ring], 4))


def _signed(largest: int, bins_per_unit: int) -> Axis:
    """Axis of a signed coordinate from -largest to largest, one unit around each whole number."""
    return (2 * largest + 1) * bins_per_unit, -largest - 0.5, largest + 0.5


def _tracking() -> Iterator[Element]:
    ids, top = count(10973340), "Tracking/TrackParameters"
    every = f"{top}/generalTracks/GeneralProperties"
    good = f"{top}/highPurityTracks/pt_1/GeneralProperties"
    pt: Axis = (100, 0.0, 100.0)  # GeV
    yield _one(next(ids), f"{every}/Quality_GenTk", "track_quality", (10, 0.0, 10.0))
    for quality in ("Highpurity", "Loose", "Tight"):
        yield _one(next(ids), f"{every}/TrackEta{quality}_ImpactPoint_GenTk", "track_eta", _ETA)
    for quality in ("Loose", "Tight"):
        yield _one(next(ids), f"{every}/TrackPt{quality}_ImpactPoint_GenTk", "track_pt", pt)
    yield _one(next(ids), f"{good}/Chi2oNDF_GenTk", "track_chi2", (50, -0.5, 19.5))
    yield _one(next(ids), f"{good}/DistanceOfClosestApproachToBS_GenTk", "track_dxy", (100, -0.5, 0.5))
    yield _one(next(ids), f"{good}/DistanceOfClosestApproachToBSdz_GenTk", "track_dz", (100, -20.0, 20.0))
    yield _one(next(ids), f"{good}/TrackEta_ImpactPoint_GenTk", "track_eta", _ETA)
    yield _one(next(ids), f"{good}/TrackPhi_ImpactPoint_GenTk", "track_phi", _PHI)
    yield _one(next(ids), f"{good}/TrackPt_ImpactPoint_GenTk", "track_pt", pt)
    yield _one(next(ids), f"{good}/TrackQoverP_ImpactPoint_GenTk", "track_q_over_p", (100, -2.5, 2.5))
    hits = f"{top}/highPurityTracks/pt_1/HitProperties/NumberOfRecHitsPerTrack_GenTk"
    yield _one(next(ids), hits, "track_hits", (40, -0.5, 39.5))
    yield _two(10973377, f"{good}/TrackEtaPhi_ImpactPoint_GenTk", "map_eta_phi", _ETA, _PHI)


def _vertices() -> Iterator[Element]:
    top = "Tracking/PrimaryVertices/highPurityTracks/pt_0to1/offline"
    every = "Tracking/TrackParameters/generalTracks/GeneralProperties"
    good = "Tracking/TrackParameters/highPurityTracks/pt_1/GeneralProperties"
    for me_id, axis in ((12842959, "X"), (12842960, "Y")):
        name = f"OfflinePV/offlinePrimaryVertices/tagDiff{axis}"
        yield _one(me_id, name, "vertex_difference", (100, -500.0, 500.0))
    yield _one(12843056, f"{top}/FractionOfGoodPVtx_offline", "vertex_fraction", (50, 0.0, 100.0))
    yield _one(12843057, f"{top}/GoodPVtxNumberOfTracks_offline", "vertex_tracks", (100, -0.5, 199.5))
    yield _one(12843058, f"{top}/NumberOfGoodPVtx_offline", "vertex_count", (80, 0.0, 80.0))
    yield _one(12843059, f"{every}/NumberofTracks_Hardvtx_GenTk", "tracks_hard", (50, -0.5, 199.5))
    name = f"{every}/NumberofTracks_Hardvtx_PUvtx_GenTk"
    yield _one(12843060, name, "tracks_per_event", (100, -0.5, 2999.5))
    yield _one(12843070, f"{good}/NumberOfTracks_GenTk", "tracks_per_event", (100, -0.5, 2999.5))


@lru_cache(maxsize=1)
def _jetmet() -> tuple[Element, ...]:
    ids = count(1)
    return tuple(chain(_jets(ids), _missing_energy(ids), _trigger_efficiencies(ids)))


def _jets(ids: Iterator[int]) -> Iterator[Element]:
    top = "JetMET/Jet/Cleanedak4PFJetsCHS"
    fraction: Axis = (50, 0.0, 1.0)
    eta: Axis = (50, -5.0, 5.0)
    for pt in ("lowPt", "mediumPt", "highPt"):
        for region in ("Barrel", "EndCap"):
            yield _one(next(ids), f"{top}/CHFrac_{pt}_{region}", "jet_fraction", fraction)
    yield _one(next(ids), f"{top}/ChMultiplicity_highPt_Barrel", "jet_multiplicity", (50, 0.0, 50.0))
    yield _one(next(ids), f"{top}/ChMultiplicity_highPt_EndCap", "jet_multiplicity", (50, 0.0, 50.0))
    yield _one(next(ids), f"{top}/Pt", "jet_pt", (100, 0.0, 1000.0))
    yield _one(next(ids), f"{top}/Eta", "jet_eta", eta)
    yield _one(next(ids), f"{top}/Phi", "jet_phi", _PHI)
    yield _one(next(ids), f"{top}/NJets", "jet_count", (20, 0.0, 20.0))
    yield _two(next(ids), f"{top}/PhiVSEta", "map_jets", eta, (36, -3.141592654, 3.141592654))
    name = f"{top}/PtDifference PF - Calo [GeV] (HE+HF)"
    yield _one(next(ids), name, "jet_difference", eta)


def _missing_energy(ids: Iterator[int]) -> Iterator[Element]:
    top = "JetMET/MET/pfMETT1/Cleaned"
    yield _one(next(ids), f"{top}/MET", "missing_et", (100, 0.0, 500.0))
    yield _one(next(ids), f"{top}/MEx", "missing_component", (100, -250.0, 250.0))
    yield _one(next(ids), f"{top}/MEy", "missing_component", (100, -250.0, 250.0))
    yield _one(next(ids), f"{top}/METPhi", "jet_phi", _PHI)
    yield _one(next(ids), f"{top}/SumET", "sum_et", (100, 0.0, 6000.0))


def _trigger_efficiencies(ids: Iterator[int]) -> Iterator[Element]:
    name = "HLT/JME/Jet/AK4/PF/HLT_PFJet140/effic_pfjetpT"
    yield _one(next(ids), name, "jet_efficiency", (60, 0.0, 600.0))
    name = "HLT/JME/MET/HLT_PFMET120+PFMHT120/Efficiency vs MET [GeV]"
    yield _one(next(ids), name, "jet_efficiency", (60, 0.0, 600.0))


def _one(me_id: int, me: str, kind: str, x: Axis) -> Element:
    return Element(me_id, me, 1, kind, *x)


def _two(me_id: int, me: str, kind: str, x: Axis, y: Axis) -> Element:
    return Element(me_id, me, 2, kind, *x, *y)
