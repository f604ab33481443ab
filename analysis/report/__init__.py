"""The report: its pages, its notebooks, and the table for other programs and for people."""
