"""The report: pages, notebooks and exports."""
