"""Tables of counts as arrays: shares, differences, and their ends over every table that fits."""
