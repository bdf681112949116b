"""Async clients of DIALS and OMS over one transport."""

import logging

# Without a handler of its own Python writes warnings to the terminal, which belongs to somebody else.
logging.getLogger("dqmtui").addHandler(logging.NullHandler())
