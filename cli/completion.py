"""`citynode completion`: a shell's completion script, printed so that it can be put where the shell looks."""

from __future__ import annotations

import sys

from cli.frame import noun

app = noun("completion")

BASH = """_citynode_complete() {
    local IFS=$'\\n'
    COMPREPLY=($(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _CITYNODE_COMPLETE=complete_bash "$1"))
}
complete -o default -F _citynode_complete citynode
"""

ZSH = """#compdef citynode
_citynode_complete() {
    eval "$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _CITYNODE_COMPLETE=complete_zsh citynode)"
}
compdef _citynode_complete citynode
"""

FISH = """complete --command citynode --no-files --arguments \
"(env _CITYNODE_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS=(commandline -cp) citynode)" \
--condition \
"env _CITYNODE_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=is-args _TYPER_COMPLETE_ARGS=(commandline -cp) citynode"
"""


@app.command("bash", epilog="Example: citynode completion bash > /etc/bash_completion.d/citynode")
def bash() -> None:
    """Print the script for bash."""
    sys.stdout.write(BASH)


@app.command("zsh", epilog="Example: citynode completion zsh > ~/.zfunc/_citynode")
def zsh() -> None:
    """Print the script for zsh."""
    sys.stdout.write(ZSH)


@app.command("fish", epilog="Example: citynode completion fish > ~/.config/fish/completions/citynode.fish")
def fish() -> None:
    """Print the script for fish."""
    sys.stdout.write(FISH)
