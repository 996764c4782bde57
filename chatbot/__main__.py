"""The command line: `chatbot serve ask index models settings evaluate doctor`."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def chatbot() -> None:
    """The customer-service assistant an online shop runs itself."""


def main() -> None:
    app()


if __name__ == "__main__":
    main()
