"""The charts: what each finds, says and draws."""
