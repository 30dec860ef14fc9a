"""./learn completions: the commands and the names of exercises, for bash, zsh and fish."""

from course.arguments import COMMANDS, SHELLS
from course.manifest import Course

_EXERCISE = ("test", "play", "hint", "goto", "open", "solution", "reset")
_BASH = """\
_learn() {{
  local words
  case ${{COMP_WORDS[1]}} in
    {takes}) words='{exercises}' ;;
    run) words='{lessons}' ;;
    completions) words='{shells}' ;;
    *) words='{commands}' ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words='{commands}'; fi
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -F _learn learn ./learn
"""
_ZSH = """\
#compdef learn
_learn() {{
  if (( CURRENT == 2 )); then
    compadd -- {commands}
    return
  fi
  case ${{words[2]}} in
    {takes}) compadd -- {exercises} ;;
    run) compadd -- {lessons} ;;
    completions) compadd -- {shells} ;;
  esac
}}
compdef _learn learn ./learn
"""
_FISH = """\
complete -c learn -f
complete -c learn -n __fish_use_subcommand -a '{commands}'
complete -c learn -n '__fish_seen_subcommand_from {spaced}' -a '{exercises}'
complete -c learn -n '__fish_seen_subcommand_from run' -a '{lessons}'
complete -c learn -n '__fish_seen_subcommand_from completions' -a '{shells}'
"""
_FORMS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def script(course: Course, shell: str) -> str:
    """What the shell has to read."""
    return _FORMS[shell].format(
        commands=" ".join(COMMANDS), takes="|".join(_EXERCISE), spaced=" ".join(_EXERCISE), shells=" ".join(SHELLS),
        exercises=" ".join(each.full_id for each in course.exercises),
        lessons=" ".join(each.id for each in course.lessons))
