"""The command ``completion``: scripts for shells."""

from typing import Literal

import cyclopts

Shell = Literal["bash", "zsh", "fish"]

_ZSH = """\
# A file of $fpath is run as the function that completes; source and eval register it.
if [[ "${{funcstack[1]}}" == _* ]]; then
  {function} "$@"
else
  compdef {function} {command}
fi
"""
_FISH = """\
# Files where one is meant, and nowhere else.
complete -c {command} -f
complete -c {command} -n '__fish_{command}_using_command fetch' -F
"""
_FILES = "COMPREPLY=( $(compgen -f"
_NAMES_WITH_SPACES = r"local IFS=$'\n'; compopt -o filenames 2>/dev/null; "


def completion_script(app: cyclopts.App, shell: Shell) -> str:
    """Return a script that completes the commands and options of an app in a shell, from a file or by ``eval``."""
    script = app.generate_completion(shell=shell)
    if shell == "bash":
        return script.replace(_FILES, _NAMES_WITH_SPACES + _FILES)
    if shell == "fish":
        return script + _FISH.format(command=app.name[0])
    function = script.partition("()")[0].split()[-1]
    return script + _ZSH.format(function=function, command=app.name[0])
