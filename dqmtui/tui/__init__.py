"""The Textual application: panes, widgets and keys."""
