"""Times traffic signals."""
