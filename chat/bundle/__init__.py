"""A chat as one file that tells how each answer came about, so that it can be asked again elsewhere."""
