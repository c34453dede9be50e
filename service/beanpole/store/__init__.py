"""State in Redis; no other package of the service imports it.

`Store` holds `World`s, a `World` reads entities and commits changes, and `commit` turns changes into one Lua call on a
`Backend`: imports run that way only.
"""
