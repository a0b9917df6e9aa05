"""The `completion` command: prints the script that a shell loads."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tracker.terminal.options import HELP


@click.command("completion", context_settings=HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """The script that makes a shell complete commands, ids, types and fields.

    Ids come from the database of --db or PACTWATCH_DB.

    \b
    Examples:
      pactwatch completion bash > \\
          ~/.local/share/bash-completion/completions/pactwatch
      pactwatch completion zsh > ~/.zfunc/_pactwatch
      pactwatch completion fish > ~/.config/fish/completions/pactwatch.fish
    """
    root = click.get_current_context().find_root()
    script = get_completion_class(shell)
    assert script is not None
    source = (
        script.source_template
        % script(root.command, {}, "pactwatch", "_PACTWATCH_COMPLETE").source_vars()
    )
    click.echo(source, nl=False)
