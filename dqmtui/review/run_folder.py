"""Where the files of a run lie."""

from __future__ import annotations


def folder_of_run(run: int) -> str:
    """Give the part of a file's logical name that holds its run: /000/381/065/."""
    digits = f"{run:09d}"
    return f"/{digits[:-6]}/{digits[-6:-3]}/{digits[-3:]}/"
