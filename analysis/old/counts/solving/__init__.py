"""What one printed column can be: boxes of counts, their numbers, programs over them."""
