"""Settings, themes and paths on disk."""
