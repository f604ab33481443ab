"""One row per respondent into counts: sources, engines, answers, weights."""
