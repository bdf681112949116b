"""Writing data to standard output."""

from __future__ import annotations

import sys

from dqmtui.cli.exits import Exit, ReaderGone, Stop


def put(data: str | bytes) -> None:
    """Write all of a text or of bytes, and let it out at once.

    Raises ReaderGone when nobody reads any more, Stop when it cannot be written.
    """
    stream = sys.stdout
    if stream is None:
        raise Stop(Exit.UNEXPECTED, "Standard output is closed.")
    try:
        if isinstance(data, str):
            stream.write(data)
        else:
            stream.flush()
            stream.buffer.write(data)
        stream.flush()
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as error:
        raise Stop(Exit.UNEXPECTED, f"Cannot write to standard output: {error.strerror}.") from error
