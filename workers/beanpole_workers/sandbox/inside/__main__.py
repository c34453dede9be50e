"""Runs the supervisor where this file is the root of a folder that holds the package."""

from beanpole_workers.sandbox.inside.supervisor import main

main()
