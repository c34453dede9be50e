"""`python -m beanpole` is the command."""

from beanpole.cli import main

if __name__ == "__main__":
    main()
