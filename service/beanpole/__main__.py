"""`python -m beanpole` is the command."""

from beanpole.command.cli import main

if __name__ == "__main__":
    main()
