"""Charts: one file a kind, each with what it finds, what it says, how it draws and its numbers."""
