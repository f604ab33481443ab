"""Words for people, in their languages."""
