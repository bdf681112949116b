"""Review CMS data quality lumisection by lumisection, in a terminal."""

__version__ = "0.1.0"
