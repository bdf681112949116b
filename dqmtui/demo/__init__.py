"""The embedded services and the synthetic detector."""
