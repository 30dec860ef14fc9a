#!/usr/bin/env python3
"""Keeps the Markdown of the course true: quoted code, quoted output, links.

A chapter never repeats code, it quotes it, so that what a reader sees is what the compiler saw:

    ```cpp file=runtime/kettle/executor.hpp#run     the lines between `#region run` and `#endregion`
    ```cpp file=lessons/04-sleep/main.cpp           the whole file
    ```text run=04-sleep                            what the lesson's program prints (needs --programs)
    ```text run=04-sleep lines=3-7 mask="bytes"     a part of it; any integer will do before the word "bytes"

    python3 docs/quotes.py                              refresh the quoted code, check the links
    python3 docs/quotes.py --programs build/default     refresh the quoted output as well
    python3 docs/quotes.py --check                      change nothing, fail on drift

Pages: lessons/*/README.md, README.md, docs/*.md. Exit status: 0 all is well, 1 something is not.
"""

import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPP = {"cpp", "c++", "cc", "cxx", "hpp", "h"}
MEND = "python3 docs/quotes.py"
PROGRAM_LIMIT = 30  # seconds; a program on the virtual clock needs a small part of one

FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})\s*([^`]*?)\s*$")
REGION = re.compile(r"^\s*(?://+|#|--|/\*|<!--)\s*#region\b[ \t]*([^\s*]*)")
ENDREGION = re.compile(r"^\s*(?://+|#|--|/\*|<!--)\s*#endregion\b[ \t]*([^\s*]*)")


class QuoteError(Exception):
    """A quote that cannot be resolved; the text says why, in words for the author of the page."""


# ---------------------------------------------------------------- blocks of a page


class Block:
    """A fenced block of a page: where it is, what it says about itself, what it holds."""

    def __init__(self, start, fence, indent, info):
        self.start = start  # index of the line that opens the block
        self.end = None  # index of the line that closes it
        self.fence = fence
        self.indent = indent
        self.language, self.attributes, self.error = parse_info(info)
        self.lines = []

    @property
    def line(self):
        return self.start + 1


def parse_info(info):
    """'cpp file=a.hpp#run mask="bytes"' -> ('cpp', {'file': ..., 'mask': ...}, None or what is wrong)."""
    try:
        words = shlex.split(info)
    except ValueError as error:
        return info.split()[0], {}, f"cannot read the attributes of this block: {error}"
    language = re.match(r"[\w+#-]*", words[0]).group().lower() if words and "=" not in words[0] else ""
    return language, dict(word.split("=", 1) for word in words if "=" in word), None


def find_blocks(lines):
    """The fenced blocks of a page, in order. A block that is never closed has end None."""
    blocks, open_block = [], None
    for index, line in enumerate(lines):
        match = FENCE.match(line)
        if open_block is None:
            if match:
                open_block = Block(index, match.group(2), match.group(1), match.group(3))
                blocks.append(open_block)
        elif match and not match.group(3) and match.group(2).startswith(open_block.fence):
            open_block.end = index
            open_block = None
        else:
            indent = open_block.indent
            open_block.lines.append(line[len(indent):] if line.startswith(indent) else line.lstrip())
    return blocks


# ---------------------------------------------------------------- regions of a source


def read_regions(text):
    """The named regions of a source: {name: its lines, markers left out, not yet trimmed}."""
    regions, stack = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        opened, closed = REGION.match(line), ENDREGION.match(line)
        if opened:
            name = opened.group(1)
            if not name:
                raise QuoteError(f"line {number}: `#region` without a name")
            if name in regions:
                raise QuoteError(f"line {number}: a second region is called '{name}'; give it another name")
            regions[name] = []
            stack.append((name, number))
        elif closed:
            if not stack:
                raise QuoteError(f"line {number}: `#endregion` without a `#region` before it")
            name, begun = stack.pop()
            if closed.group(1) and closed.group(1) != name:
                raise QuoteError(f"line {number}: `#endregion {closed.group(1)}` closes region '{name}' of line {begun}")
        else:
            for name, _ in stack:
                regions[name].append(line)
    if stack:
        name, begun = stack[-1]
        raise QuoteError(f"line {begun}: region '{name}' has no `#endregion`")
    return regions


def trim(lines):
    """Without blank lines at both ends, and without the indentation that all lines share."""
    lines = [line.rstrip() for line in lines]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    indents = [re.match(r"[ \t]*", line).group() for line in lines if line]
    common = os.path.commonprefix(indents)
    return [line[len(common):] for line in lines]


def quote(root, reference):
    """The lines that `file=REFERENCE` stands for."""
    path, _, region = reference.partition("#")
    source = (root / path).resolve()
    if root.resolve() not in source.parents:
        raise QuoteError(f"{path} is outside the repository; quote a file of it, by its path from the top folder")
    if not source.is_file():
        raise QuoteError(f"there is no file {path}; a quote names its file by the path from the top folder")
    text = source.read_text(encoding="utf-8")
    try:
        regions = read_regions(text)
    except QuoteError as error:
        raise QuoteError(f"{path}, {error}") from None
    if "#" not in reference:
        return trim([line for line in text.splitlines() if not REGION.match(line) and not ENDREGION.match(line)])
    if region not in regions:
        known = ", ".join(sorted(regions)) or "none"
        hint = "; lines are not quoted by number, because numbers drift" if re.fullmatch(r"L\d+(-L?\d+)?", region) else ""
        raise QuoteError(f"{path} has no region '{region}' (it has: {known}{hint}); mark it with"
                         f" `// #region {region}` and `// #endregion`")
    return trim(regions[region])


# ---------------------------------------------------------------- output of programs


class Programs:
    """Runs each lesson's program at most once and keeps what it printed."""

    def __init__(self, build_dir):
        self.build_dir = Path(build_dir)
        self.outputs = {}

    def output(self, lesson):
        if lesson not in self.outputs:
            self.outputs[lesson] = self.run(lesson)
        return self.outputs[lesson]

    def run(self, lesson):
        program = self.build_dir / "lessons" / lesson
        if not program.is_file():
            raise QuoteError(f"there is no program {program}; build it first: cmake --build {self.build_dir}"
                             f" --target lesson-{lesson}")
        env = {key: value for key, value in os.environ.items() if not key.startswith("KETTLE_")}
        env["KETTLE_CLOCK"] = "virtual"
        try:
            done = subprocess.run([str(program.resolve())], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PROGRAM_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            raise QuoteError(f"{program} did not end within {PROGRAM_LIMIT} s") from None
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise QuoteError(f"{program} ended with status {done.returncode}; it said: {said or 'nothing'}")
        return trim_ends(done.stdout.decode("utf-8", "replace").splitlines())


def trim_ends(lines):
    """Like trim, but indentation is part of an output."""
    lines = [line.rstrip() for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def part(lines, wanted):
    """Lines 3 to 7 for '3-7', line 3 for '3'."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", wanted)
    if not match:
        raise QuoteError(f"lines={wanted} is not a range; write lines=3-7 or lines=3")
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    if not 1 <= first <= last <= len(lines):
        raise QuoteError(f"lines={wanted} is not inside the output, which has {len(lines)} lines")
    return lines[first - 1:last]


def masked(lines, words):
    """The lines with every integer that stands directly before one of the words replaced by '#'."""
    if not words:
        return list(lines)
    choice = "|".join(re.escape(word) for word in words)
    return [re.sub(rf"[ \t]*(?<![\w.])\d[\d,']*(?=[ \t]*(?:{choice})\b)", " #", line) for line in lines]


# ---------------------------------------------------------------- one page


class Page:
    """A Markdown file and the problems found in it."""

    def __init__(self, root, path):
        self.root, self.path = root, path
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        self.blocks = find_blocks(self.lines)
        self.problems = []
        self.changed = []  # (block, its new lines), for the refresh
        self.quoted = set()  # references, to find regions that nobody quotes

    @property
    def is_chapter(self):
        return self.name.startswith("lessons/")

    def problem(self, line, text):
        self.problems.append(f"{self.name}:{line}: {text}")

    def check_blocks(self, programs, check):
        for block in self.blocks:
            if block.end is None:
                self.problem(block.line, f"this block is never closed; end it with {block.fence}")
                continue
            if block.error:
                self.problem(block.line, block.error)
                continue
            try:
                self.check_block(block, programs, check)
            except QuoteError as error:
                self.problem(block.line, str(error))

    def check_block(self, block, programs, check):
        attributes = block.attributes
        if "file" in attributes:
            self.quoted.add(attributes["file"])
            wanted, words, mend = quote(self.root, attributes["file"]), [], MEND
            origin = attributes["file"]
        elif "run" in attributes:
            if not (self.root / "lessons" / attributes["run"]).is_dir():
                raise QuoteError(f"run={attributes['run']}: there is no lesson of that name")
            if programs is None:
                return
            wanted = programs.output(attributes["run"])
            if "lines" in attributes:
                wanted = part(wanted, attributes["lines"])
            words = [word.strip() for word in attributes.get("mask", "").split(",") if word.strip()]
            origin, mend = f"the output of {attributes['run']}", f"{MEND} --programs {programs.build_dir}"
        elif self.is_chapter and block.language in CPP:
            self.problem(block.line, "a chapter quotes code, never repeats it: open the block with"
                         " ```cpp file=PATH#REGION, then run " + MEND)
            return
        else:
            return
        if any(FENCE.match(line) and line.lstrip().startswith(block.fence) for line in wanted):
            raise QuoteError(f"{origin} has a line that would close this block; use a longer fence")
        if masked(block.lines, words) == masked(wanted, words):
            return
        if check:
            diff = difflib.unified_diff(block.lines, wanted, f"{self.name}:{block.line}", origin, lineterm="")
            self.problem(block.line, f"this block is not {origin} any more\n"
                         + "\n".join("    " + line for line in diff) + f"\n    mend: {mend}")
        else:
            self.changed.append((block, wanted))

    def write(self):
        """Puts the new text into the changed blocks, last one first so that the line numbers stay right."""
        for block, wanted in sorted(self.changed, key=lambda change: change[0].start, reverse=True):
            self.lines[block.start + 1:block.end] = [(block.indent + line).rstrip() for line in wanted]
        self.path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        self.blocks = find_blocks(self.lines)

    def check_links(self):
        for line, target in find_links(self.lines, self.blocks):
            complaint = dead_link(self.root, self.path, target)
            if complaint:
                self.problem(line, complaint)


# ---------------------------------------------------------------- links and anchors


def prose(lines, blocks):
    """(number, line) of every line outside fenced blocks."""
    fenced = set()
    for block in blocks:
        fenced.update(range(block.start, (block.end if block.end is not None else len(lines) - 1) + 1))
    return [(index + 1, line) for index, line in enumerate(lines) if index not in fenced]


LINK = re.compile(r"""\]\(\s*(<[^>]*>|(?:[^\s()]|\([^\s()]*\))*)(?:\s+["'(][^)]*)?\s*\)""")
DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*(\S+)")
HTML_LINK = re.compile(r"""\b(?:src|href|srcset)\s*=\s*["']([^"']+)["']""")


def find_links(lines, blocks):
    """(line number, target) of every link and picture of a page."""
    for number, line in prose(lines, blocks):
        line = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "``", line)
        for pattern in (LINK, DEFINITION, HTML_LINK):
            for match in pattern.finditer(line):
                target = match.group(1).strip("<>")
                if target and not (pattern is DEFINITION and target.startswith("^")):
                    yield number, target


def slug(heading):
    """The anchor that GitHub makes of a heading: lower case, punctuation dropped, spaces to hyphens."""
    heading = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", heading)
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    heading = re.sub(r"<[^>`]+>", "", heading) if "`" not in heading else heading
    heading = re.sub(r"(?<![\w`])(_{1,2})(\S(?:.*?\S)?)\1(?![\w`])", r"\2", heading) if "`" not in heading else heading
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text):
    """Every anchor of a Markdown text."""
    lines = text.splitlines()
    if lines and lines[0] == "---" and "---" in lines[1:]:  # front matter
        closing = lines.index("---", 1)
        lines = [""] * (closing + 1) + lines[closing + 1:]
    found, seen, before = set(), {}, ""
    for _, line in prose(lines, find_blocks(lines)):
        found.update(re.findall(r"""<\w+[^>]*?\b(?:id|name)=["']([^"']+)["']""", line))
        match = re.match(r"^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$", line)
        underlined = re.fullmatch(r" {0,3}(=+|-+)[ \t]*", line) and re.match(r"^ {0,3}[^\s>#|`\-*+]", before)
        heading = match.group(1) if match else before if underlined else None
        if heading is not None:
            name = slug(heading)
            unique = name
            while unique in seen:
                seen[name] += 1
                unique = f"{name}-{seen[name]}"
            seen[unique] = 0
            found.add(unique)
        before = "" if match else line
    return found


def dead_link(root, page, target):
    """What is wrong with a link, or None."""
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", target):
        return None
    path, _, anchor = target.partition("#")
    path, anchor = urllib.parse.unquote(path), urllib.parse.unquote(anchor)
    path = path.partition("?")[0]
    base = root if path.startswith("/") else page.parent
    place = Path(os.path.normpath(base / path.lstrip("/"))) if path else page
    if place != root and root not in place.parents:
        return f"the link {target} leads out of the repository"
    if not place.exists():
        return f"dead link: {target} (there is no {place.relative_to(root).as_posix()})"
    if not anchor:
        return None
    if place.is_dir():
        place = place / "README.md"
    name = place.relative_to(root).as_posix()
    if place.suffix != ".md" or not place.is_file():
        return f"dead anchor: {target} ({name} is not a page, so it has no anchors)"
    known = anchors(place.read_text(encoding="utf-8"))
    if anchor in known:
        return None
    close = difflib.get_close_matches(anchor, known, 1)
    return f"dead anchor: {target} ({name} has no heading #{anchor}" + (f"; did you mean #{close[0]}?)" if close else ")")


# ---------------------------------------------------------------- the whole


def pages(root):
    found = sorted((root / "lessons").glob("*/README.md")) + [root / "README.md"] + sorted((root / "docs").glob("*.md"))
    return [path for path in found if path.is_file()]


def look_at_sources(root, quoted):
    """(problems, notes) about the markers in the runtime and the lessons' programs.

    A region that no page quotes is only a note: perhaps a leftover, perhaps for a page to come.
    """
    problems, notes = [], []
    for folder in ("runtime", "lessons"):
        for path in sorted((root / folder).glob("*/*.[hc]pp")):
            name = path.relative_to(root).as_posix()
            try:
                regions = read_regions(path.read_text(encoding="utf-8"))
            except QuoteError as error:
                problems.append(f"{name}: {error}")
                continue
            notes += [f"note: no page quotes {name}#{region}" for region in regions
                      if f"{name}#{region}" not in quoted]
    return problems, notes


def main(arguments=None, root=ROOT, out=sys.stdout):
    parser = argparse.ArgumentParser(description="Refreshes the code and output quoted in Markdown, and checks links.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail on drift")
    parser.add_argument("--programs", metavar="BUILD_DIR", help="quote output too, of the programs in BUILD_DIR/lessons")
    parser.add_argument("--root", type=Path, default=root, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    root = options.root.resolve()

    programs = Programs(options.programs) if options.programs else None
    found = [Page(root, path) for path in pages(root)]
    for page in found:
        page.check_blocks(programs, options.check)
        if page.changed:
            page.write()
            for block, _ in page.changed:
                print(f"{page.name}:{block.line}: refreshed", file=out)
    for page in found:
        page.check_links()

    problems = [problem for page in found for problem in page.problems]
    marker_problems, notes = look_at_sources(root, {reference for page in found for reference in page.quoted})
    problems += marker_problems
    for text in notes + problems:
        print(text, file=out)
    print(f"{len(found)} pages, {sum(len(page.blocks) for page in found)} blocks, "
          + (f"{len(problems)} problems" if problems else "all true"), file=out)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
