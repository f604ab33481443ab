"""Decks that can be edited, and refreshed."""
