"""Makers of pictures: one plain way to ask, and one module for each way in which such servers are spoken to."""
