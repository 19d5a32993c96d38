"""What became of each passage that a search came across, and why one that was expected is not among those sent."""
