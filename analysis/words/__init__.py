"""Words for people, in their languages; the sentences stand in the TOML files."""
