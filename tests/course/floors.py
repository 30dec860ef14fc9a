"""The floors: a file includes only what its lesson, an earlier one, or the foundations have brought.

The include graph is the curriculum. A reader who takes the files in lesson order never meets a name before its file,
and an exercise never needs what its reader has not been told. Foundations are floor 0, lesson N is floor N.
"""

import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")', re.MULTILINE)
SOURCES = (".hpp", ".cpp")


def floor_table(course):
    """{name of a runtime file without its ending: the lesson number that brings it, 0 for foundations}."""
    table = {name: 0 for name in course.foundations}
    for lesson in course.lessons:
        for name in lesson.runtime:
            table.setdefault(name, lesson.number)
    return table


def sources(folder):
    """The C++ files below a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix in SOURCES and path.is_file())


def runtime_name(name, listed):
    """The manifest's name of a runtime file: poller_epoll is one of the ways, a system each, to implement poller."""
    return name if name in listed else next((each for each in listed if name.startswith(each + "_")), name)


def kettle_includes(path, runtime):
    """(line, name) of every runtime file that a source includes, as "kettle/NAME.hpp" or from beside it as "NAME.hpp"."""
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        included = match.group(1) or match.group(2)
        if included.startswith("kettle/"):
            name = included[len("kettle/"):]
        elif match.group(2) and runtime in path.parents and (path.parent / included).is_file():
            name = (path.parent / included).resolve().relative_to(runtime.resolve()).as_posix()
        else:
            continue
        yield text.count("\n", 0, match.start()) + 1, re.sub(r"\.[hc]pp$", "", name)


def says(number):
    return "the foundations" if number == 0 else f"lesson {number:02}"


def check_file(path, floor, table, root):
    """Problems of one file that stands on a floor."""
    runtime = root / "runtime" / "kettle"
    for line, name in kettle_includes(path, runtime):
        place = f"{path.relative_to(root).as_posix()}:{line}"
        if name not in table:
            yield (f"{place}: includes kettle/{name}.hpp, which course/course.json does not list; give it to the lesson"
                   " that introduces it (\"runtime\") or to \"foundations\"")
        elif table[name] > floor:
            yield (f"{place}: stands on the floor of {says(floor)} and includes kettle/{name}.hpp of {says(table[name])};"
                   " do without it, or move one of them in course/course.json")


def check_runtime(course, root):
    """A runtime file includes only files of its own lesson, earlier lessons and foundations."""
    table, runtime = floor_table(course), root / "runtime" / "kettle"
    problems = []
    for path in sources(runtime):
        name = runtime_name(path.relative_to(runtime).with_suffix("").as_posix(), table)
        if name in table:  # a file that no lesson lists is told by house.runtime_files
            problems += check_file(path, table[name], table, root)
    return problems


def check_lessons(course, root):
    """A lesson's program, exercises, solutions, answers and graders include nothing that a later lesson brings."""
    table = floor_table(course)
    problems = []
    for lesson in course.lessons:
        for folder in ("lessons", "exercises", "solutions", "tests/exercises"):
            for path in sources(root / folder / lesson.id):
                problems += check_file(path, lesson.number, table, root)
    return problems
