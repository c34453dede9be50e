"""The shell of an instance, as far as it is carried out on a disk that is a value: plain verbs for files.

It is bash as `sh`, with the programs of GNU, as on Amazon Linux. A script that asks for more is not carried out at all.
"""
