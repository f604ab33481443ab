"""Bytes into cells: encodings, dialects, characters, numerals, workbooks; knows nothing of surveys."""
