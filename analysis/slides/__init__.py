"""Decks of slides with native charts, and new figures for decks made before."""
