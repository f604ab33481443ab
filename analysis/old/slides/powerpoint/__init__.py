"""PowerPoint decks: native charts, their workbooks, slides and the files that hold them."""
