"""Maturity stages in a published survey table: what the rounded percentages can and cannot tell.

The public names stand in ``__init__.pyi``, for editors and type checkers too, and load their module when they
are first used (SPEC 1), so that ``import analysis`` stays light.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
