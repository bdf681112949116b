"""The synthetic CMS: runs, conditions, datasets, monitoring elements and a detector to fill them."""
