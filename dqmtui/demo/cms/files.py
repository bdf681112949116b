"""The DIALS file index: which file holds which lumisections, and what became of it."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from dqmtui.demo.cms.beams import LUMISECTION_SECONDS, iso_times
from dqmtui.demo.cms.records import Dataset, FileRow
from dqmtui.demo.cms.seeds import key_of

if TYPE_CHECKING:
    from dqmtui.demo.cms.ranges import LsArray

LS_PER_FILE = 25

_FIRST_ID = 33_150_000
_IDS_PER_RUN = 4_000
_IDS_PER_DATASET = 4_000_000
_ERRORS = {
    "FILE_NOT_AVAILABLE": "FileNotFoundError: no replica of the file is on disk",
    "COPY_ERROR": "XRootDError: [ERROR] Operation expired",
    "ROOTFILE_ERROR": "OSError: error reading from file: wrong checksum in basket 417",
    "PARSING_ERROR": "ValueError: cannot reshape array of size 9998 into shape (102,102)",
}


def file_number(dataset_index: int, run_index: int, ls: int) -> int:
    """Id of the file with one LS of the n-th run of the world in the m-th dataset: 25 LS share a file."""
    block = (ls - 1) // LS_PER_FILE
    return _FIRST_ID + dataset_index * _IDS_PER_DATASET + run_index * _IDS_PER_RUN + block


def file_row(dataset: Dataset, file_id: int, run: int, run_start: str, ls: LsArray, status: str) -> FileRow:
    """Describe one file of a run; `run_start` is an ISO time without zone, in UTC."""
    last = np.datetime64(run_start, "s") + np.timedelta64(round(int(ls[-1]) * LUMISECTION_SECONDS), "s")
    created, modified = iso_times(np.array([last + np.timedelta64(52, "h"), last + np.timedelta64(55, "h")]))
    uuid = UUID(bytes=blake2b(f"{dataset.dataset}{file_id}".encode(), digest_size=16).digest())
    stream = dataset.processed_ds_name.partition("-")[2]
    return FileRow(
        dataset_id=dataset.dataset_id,
        dataset=dataset.dataset,
        file_id=file_id,
        file_size=5_200_000 + ls.size * 1_310_000 + key_of(file_id) % 900_000,
        creation_date=created,
        last_modification_date=modified,
        logical_file_name=(
            f"/store/data/{dataset.era}/{dataset.primary_ds_name}/{dataset.data_tier}/{stream}"
            f"/000/{run // 1000:03d}/{run % 1000:03d}/00000/{uuid}.root"
        ),
        status=status,
        err_trace=_ERRORS.get(status),
    )
