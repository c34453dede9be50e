"""Steps, policies and the interpreter that plays them; pure."""
