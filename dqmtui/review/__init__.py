"""The application core: the data layer and the state of a review."""
