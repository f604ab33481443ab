"""What can be said of counts, in every table that fits: shares, differences, changes and whole scales."""
