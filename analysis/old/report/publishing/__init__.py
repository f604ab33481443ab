"""The parts of a report: notebooks run, pages built, files kept by hash."""
