"""A Redis inside this process: the commands, the scripts and the channels that the store uses, and no others.

It answers in the words of redis-py, so the store does not know which of the two it works on; a test holds each command
and each script to a Redis server. What is not known here is refused, as an unknown command is there.
"""
