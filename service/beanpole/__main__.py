"""The command: `beanpole`, and `python -m beanpole`."""

import gc


def main() -> None:
    """Run the command. No garbage is looked for while its modules are imported, since all that they make is kept."""
    gc.disable()
    from beanpole.command.cli import main as command

    gc.enable()
    command()


if __name__ == "__main__":
    main()
