"""How fast it is, against floors and peers measured in the same run: ``python -m benchmarks [NAME …]``."""

import sys
from pathlib import Path

# Made-up surveys and brute force are those of the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
