"""What a frame holds, and the parts of sentences that say it."""
