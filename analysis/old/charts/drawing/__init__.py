"""How the charts are drawn: a sheet with measured type, and the layouts of bars, dots and lines on it."""
