"""The table: reading, judging, storing, and respondents counted into it."""
