"""Cells into rows of a survey: codes, rules, cautions, the wide layout."""
