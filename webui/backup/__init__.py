"""Backups that were tried: made at their time, restored into a scratch place, compared, searched and signed in to."""
