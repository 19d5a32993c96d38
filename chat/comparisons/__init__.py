"""Two answers side by side that are kept: opened again, judged, and given out as preference data."""
