"""Option settings: their definitions, what they resolve to, and what is wrong with them."""
