"""The commands of ``maturity``, one module a family; each command imports its work when it is called."""
