"""The version of an installed package, without the imports that take longest before the first frame."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def version(package: str) -> str:
    """Give the version of an installed package; raises importlib.metadata.PackageNotFoundError.

    The folder beside it is named `PACKAGE-VERSION.dist-info` (PyPA's "recording installed projects"). Where
    there is no such one, or more than one, the standard library is asked, which brings the modules of e-mail
    and takes 15 ms.
    """
    spec = find_spec(package)
    if spec is not None and spec.origin is not None:
        beside = Path(spec.origin).parents[1]
        found = [folder.name for folder in beside.glob(f"{package}-*.dist-info")]
        if len(found) == 1:
            return found[0].removeprefix(f"{package}-").removesuffix(".dist-info")
    from importlib import metadata  # noqa: PLC0415 - see above

    return metadata.version(package)
