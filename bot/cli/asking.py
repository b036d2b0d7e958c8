"""A question with yes or no, in the shell."""

import sys

import typer


def agreed(yes: bool, question: str) -> bool:
    """Asks for what cannot be guessed; `yes` has said so before, and where nobody can be asked the answer is no."""
    if yes:
        return True
    if not (sys.stdin and sys.stdin.isatty()):
        typer.echo(f"{question} Nothing was done. Say --yes to go on.")
        return False
    return typer.confirm(question, default=False)
