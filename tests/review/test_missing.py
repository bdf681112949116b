"""The part of a file's name that tells its run."""

from __future__ import annotations

import pytest

from dqmtui.review.run_folder import folder_of_run


@pytest.mark.parametrize(
    ("run", "folder"), [(381065, "/000/381/065/"), (1, "/000/000/001/"), (1234567, "/001/234/567/")]
)
def test_the_folder_of_a_run_has_nine_digits_in_threes(run: int, folder: str) -> None:
    assert folder_of_run(run) == folder
