"""./learn completions: the commands and the names of exercises, for bash, zsh and fish."""

from course.arguments import COMMANDS, SHELLS, options
from course.manifest import Course

_EXERCISE = ("test", "play", "hint", "goto", "open", "solution", "reset")
_BASH = """\
_learn() {{
  local words typed=${{COMP_WORDS[COMP_CWORD]}}
  case ${{COMP_WORDS[1]}} in
    {takes}) words='{exercises}' ;;
    run) words='{lessons}' ;;
    completions) words='{shells}' ;;
  esac
  if [[ $typed == -* ]]; then
    case ${{COMP_WORDS[1]}} in
{options}
    esac
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then words='{commands}'; fi
  COMPREPLY=($(compgen -W "$words" -- "$typed"))
}}
complete -F _learn learn ./learn
"""
_ZSH = """\
#compdef learn
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit }}
_learn() {{
  if (( CURRENT == 2 )); then
    compadd -- {commands}
    return
  fi
  if [[ $PREFIX == -* ]]; then
    local -a words_of
    case ${{words[2]}} in
{options}
    esac
    compadd -- ${{=words_of}}
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
{options}
"""
_FORMS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_OPTIONS = {"bash": "      {command}) words='{options}' ;;", "zsh": "      {command}) words_of=({options}) ;;"}


def _options(shell: str) -> str:
    """The options of every command, as the shell wants them."""
    lines = []
    for command in COMMANDS:
        names = [name for name in options(command) if name.startswith("--")]
        if shell == "fish":
            lines += [f"complete -c learn -n '__fish_seen_subcommand_from {command}' -l {name[2:]}" for name in names]
        else:
            lines.append(_OPTIONS[shell].format(command=command, options=" ".join(names)))
    return "\n".join(lines)


def script(course: Course, shell: str) -> str:
    """What the shell has to read."""
    return _FORMS[shell].format(
        commands=" ".join(COMMANDS), takes="|".join(_EXERCISE), spaced=" ".join(_EXERCISE), shells=" ".join(SHELLS),
        exercises=" ".join(each.full_id for each in course.exercises),
        lessons=" ".join(each.id for each in course.lessons), options=_options(shell))
