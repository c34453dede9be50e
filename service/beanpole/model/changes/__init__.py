"""The change that one commit writes, and the rules that change several entities at once."""
