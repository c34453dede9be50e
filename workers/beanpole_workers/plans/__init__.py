"""Makes plans: the steps of every kind of request, in order, and those that undo them."""
