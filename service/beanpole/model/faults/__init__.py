"""Armed faults, and the symptoms that they cause: what each is stands in two tables, `symptoms` and `table`."""
