"""The panes of the review screen."""
