"""The small mistakes that mutate.py makes in a solution: which there are, and one program that holds all of them.

A file is cut into tokens and its functions into statements; nothing more is known of C++. Each change of a function's
body becomes a copy of that body, and a switch at run time chooses the copy:

    { switch (mutation::chosen) { case 1: { ...changed... } break; case 2: { ... } break; default: { ...as it was... } } }

So one compilation serves all mutants of a file. Those that do not compile are found by the lines of the compiler's errors
and left out (mutate.py does that).
"""

import bisect
import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<line>\#[^\n]*)
  | (?P<text>(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*"\w*|'(?:[^'\\\n]|\\.)+')
  | (?P<number>\d(?:'?[\w.])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>->|::|<=>|<=|>=|==|!=|&&|\|\||\+\+|--|\+=|-=|<<|\.\.\.|.)
""", re.VERBOSE | re.DOTALL)

OPERATORS = {"==": ["!="], "!=": ["=="], "<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "&&": ["||"], "||": ["&&"],
             "+": ["-"], "-": ["+"], "++": ["--"], "--": ["++"], "+=": ["-="], "-=": ["+="], "&": ["|"], "|": ["&"]}
BETWEEN_SPACES = ("<", ">", "&&", "+", "-", "&", "|")  # elsewhere they are templates, references and signs
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, (")", "]", "}")
SCOPES = ("class", "struct", "union", "enum", "namespace", "extern")
LEAVES = ("return", "co_return", "break", "continue", "throw", "goto", "case", "default")
NOT_DROPPED = ("return", "co_return", "throw", "using", "case", "default", "static_assert")


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass
class Statement:
    """Tokens first..last of a statement in a block."""

    first: int
    last: int
    word: str  # "if", "while", "for", "{", or the first token
    alone: bool = True  # it stands in a block, and is not the branch of something


@dataclass
class Body:
    """A function's body, braces included, by tokens."""

    first: int
    last: int


@dataclass
class Mutant:
    """One change: text[start:end] becomes `after`."""

    number: int
    key: str  # says the change in one line; the same as long as nobody edits that line
    kind: str
    line: int
    start: int
    end: int
    after: str
    body: object  # the Body that it is in; None: an expression of a class
    before: str


def tokens_of(text):
    found = []
    for match in TOKEN.finditer(text):
        if match.lastgroup not in ("space", "line"):
            found.append(Token(match.lastgroup, match.group(), match.start(), match.end()))
    return found


def one_line(text):
    return re.sub(r"\s+", " ", re.sub(r"//[^\n]*", " ", text)).strip()


class File:
    """A C++ file, cut up."""

    def __init__(self, text):
        self.text, self.tokens = text, tokens_of(text)
        self.partner, stack = {}, []
        for index, token in enumerate(self.tokens):
            if token.text in OPEN:
                stack.append(index)
            elif token.text in CLOSE:
                if not stack or OPEN[self.tokens[stack[-1]].text] != token.text:
                    raise ValueError(f"line {self.line(token.start)}: {token.text!r} closes nothing")
                opened = stack.pop()
                self.partner[opened], self.partner[index] = index, opened
        self.bodies, self.declarations = [], []
        self._scope(0, len(self.tokens))

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def words(self, first, last):
        """The source of tokens first..last, as it stands."""
        return self.text[self.tokens[first].start:self.tokens[last].end]

    # -------------------------------------------------------- namespaces, classes, functions

    def _scope(self, first, end):
        """What stands in a namespace or a class: bodies of functions, and declarations."""
        begin = index = first
        while index < end:
            text = self.tokens[index].text
            if text in ("(", "["):
                index = self.partner[index]
            elif text == ";":
                self.declarations.append((begin, index))
                begin = index + 1
            elif text == ":" and index == begin + 1 and self.tokens[begin].text in ("public", "private", "protected"):
                begin = index + 1
            elif text == "{":
                close = self.partner[index]
                head = self._without_template(begin, index)
                texts = [token.text for token in self.tokens[head:index]]
                if texts and texts[0] in SCOPES:
                    if texts[0] != "enum":
                        self._scope(index + 1, close)
                    begin = close + 1
                elif "(" in texts and "=" not in self._at_top(head, index):
                    self.declarations.append((begin, index))  # its initialisers
                    if not {"constexpr", "consteval"} & set(texts):
                        self.bodies.append(Body(index, close))
                    begin = close + 1
                index = close
            index += 1

    def _without_template(self, first, end):
        while first < end and self.tokens[first].text == "template":
            depth, first = 0, first + 1
            while first < end:
                depth += {"<": 1, ">": -1}.get(self.tokens[first].text, 0)
                first += 1
                if depth == 0:
                    break
        if first < end and self.tokens[first].text == "requires":
            return next((index for index in range(first, end) if self.tokens[index].text in SCOPES), first)
        return first

    def _at_top(self, first, end):
        index, found = first, []
        while index < end:
            if self.tokens[index].text in ("(", "["):
                index = self.partner[index]
            elif self.tokens[max(index - 1, 0)].text != "operator":
                found.append(self.tokens[index].text)
            index += 1
        return found

    # -------------------------------------------------------- statements

    def blocks(self, body):
        """Every list of statements that stand in one block of a body, lambdas included."""
        found, self._branches = [], []
        self._block(body.first, found)
        return found

    def _block(self, brace, found):
        statements, index = [], brace + 1
        found.append(statements)
        while index < self.partner[brace]:
            statement = self._statement(index, found)
            statements.append(statement)
            index = statement.last + 1

    def _statement(self, first, found):
        word = self.tokens[first].text
        if word == "{":
            self._block(first, found)
            return Statement(first, self.partner[first], "{")
        if word in ("if", "while", "for", "switch"):
            index = first + 1
            if self.tokens[index].text == "constexpr":
                index += 1
            inner = self._statement(self.partner[index] + 1, found)
            last = inner.last
            if word == "if" and last + 1 < len(self.tokens) and self.tokens[last + 1].text == "else":
                branch = self._statement(last + 2, found)
                self._branches.append((last + 1, branch.last))
                last = branch.last
            return Statement(first, last, word)
        if word == "do":
            inner = self._statement(first + 1, found)
            return Statement(first, self._semicolon(inner.last + 1, found), word)
        if word == "try":
            self._block(first + 1, found)
            last = self.partner[first + 1]
            while self.tokens[last + 1].text == "catch":
                brace = self.partner[last + 2] + 1
                self._block(brace, found)
                last = self.partner[brace]
            return Statement(first, last, word)
        return Statement(first, self._semicolon(first, found), word)

    def _semicolon(self, index, found):
        """The end of a plain statement; the bodies of lambdas in it are blocks of their own."""
        while self.tokens[index].text not in (";", "}") and not (
                self.tokens[index].text == ":" and self.tokens[index - 1].text == "default"):
            text = self.tokens[index].text
            if text in OPEN:
                self._lambdas(index, found)
                index = self.partner[index]
            index += 1
        return index

    def _lambdas(self, opened, found):
        close = self.partner[opened]
        if self.tokens[opened].text == "{":
            before = self.tokens[opened - 1].text
            if before in (")", "]", "mutable", "noexcept"):
                self._block(opened, found)
                return
        index = opened + 1
        while index < close:
            if self.tokens[index].text in OPEN:
                self._lambdas(index, found)
                index = self.partner[index]
            index += 1


# ---------------------------------------------------------------- the changes


def next_number(text):
    """A number literal, one more."""
    match = re.fullmatch(r"(\d+)([A-Za-z_]*)", text)
    return f"{int(match.group(1)) + 1}{match.group(2)}" if match else None


def body_changes(file, body):
    """(kind, first token, last token, new text) for every change of a function's body."""
    tokens, changes = file.tokens, []
    for statements in file.blocks(body):
        for statement in statements:
            lonely = tokens[statement.last].text == ";" and statement.last - statement.first < 2
            if statement.word not in NOT_DROPPED and not (lonely and statement.word not in ("break", "continue")):
                changes.append(("drop", statement.first, statement.last, ""))
        for one, two in zip(statements, statements[1:]):
            if {one.word, two.word} & {*LEAVES, "using", "static_assert"} or any(
                    does_nothing(file, each) for each in (one, two)):
                continue
            changes.append(("swap", one.first, two.last, file.words(two.first, two.last) + " "
                            + file.words(one.first, one.last)))
    changes += [("drop", first, last, "") for first, last in file._branches]
    for index in range(body.first + 1, body.last):
        changes += token_changes(file, index)
    return changes


def does_nothing(file, statement):
    """Whether a statement only declares: in another order it would do the same."""
    texts = [token.text for token in file.tokens[statement.first:statement.last + 1]]
    acts = {"(", "++", "--", "+=", "-=", "co_await"} & set(texts) or (len(texts) > 1 and texts[1] == "=")
    return not acts


def token_changes(file, index):
    """Changes that begin at one token."""
    tokens, token = file.tokens, file.tokens[index]
    before, after = tokens[index - 1], tokens[index + 1]
    spaced = before.end < token.start and token.end < after.start
    if token.text in OPERATORS and (spaced or token.text not in BETWEEN_SPACES) and before.text != "operator":
        for other in OPERATORS[token.text]:
            yield "operator", index, index, other
    if token.text in ("true", "false"):
        yield "constant", index, index, "false" if token.text == "true" else "true"
    if token.kind == "number" and next_number(token.text):
        yield "constant", index, index, next_number(token.text)
    if token.text == "std" and after.text == "::" and tokens[index + 3].text == "(":
        call, opened, close = tokens[index + 2].text, index + 3, file.partner[index + 3]
        if call == "move":
            yield "move", index, close, file.words(opened, close)
        if call == "exchange":
            comma = next(each for each in range(opened + 1, close) if tokens[each].text == ","
                         and nested(file, opened, each))
            yield "move", index, close, "(" + file.words(opened + 1, comma - 1) + ")"
    if token.text in ("if", "while") and after.text == "(":
        first, last = index + 2, file.partner[index + 1] - 1
        for each in range(first, last):
            if tokens[each].text == ";" and nested(file, index + 1, each):
                first = each + 1
        condition = file.words(first, last)
        declared = re.match(r"(const )?auto[&*]* (\w+) = (.*)$", condition, re.DOTALL)
        if not declared:
            yield "negate", first, last, f"!({condition})"
        if token.text == "while":
            yield "once", index, index, "if"
    if token.text == "for":
        close = file.partner[index + 1]
        stops = [each for each in range(index + 2, close) if tokens[each].text == ";" and nested(file, index + 1, each)]
        if len(stops) == 2 and stops[1] > stops[0] + 1:
            yield "negate", stops[0] + 1, stops[1] - 1, f"!({file.words(stops[0] + 1, stops[1] - 1)})"
    if token.text == "?":
        first = index - 1
        while tokens[first].text not in (";", "{", "}", "=", ",", "return", "co_return", "+=", ":"):
            if tokens[first].text in CLOSE:
                first = file.partner[first]
            elif tokens[first].text in OPEN:
                break
            first -= 1
        yield "negate", first + 1, index - 1, f"!({file.words(first + 1, index - 1)})"


def nested(file, opened, index):
    """Whether a token stands directly between a bracket and its partner."""
    each = opened + 1
    while each < index:
        if file.tokens[each].text in OPEN:
            each = file.partner[each]
        each += 1
    return each == index


def class_changes(file, first, last):
    """Changes of the values that members begin with, of a declaration or of a constructor's initialisers."""
    tokens = file.tokens
    texts = [token.text for token in tokens[first:last]]
    if not texts or texts[0] in ("using", "template", "static_assert", "friend", *SCOPES) or "constexpr" in texts:
        return
    marks = [index for index in range(first, last) if tokens[index].text in ("=", ":")]
    if not marks or "operator" in texts or (tokens[marks[0]].text == "=" and "(" in texts):
        return
    for index in range(marks[0] + 1, last):
        if tokens[index].kind == "number" or tokens[index].text in ("true", "false"):
            for kind, one, two, after in token_changes(file, index):
                yield kind, one, two, after


def mutants_of(text):
    """Every mutant of a file, numbered from 1 in the order of the text."""
    file = File(text)
    changes = [(body, *change) for body in file.bodies for change in body_changes(file, body)]
    changes += [(None, *change) for first, last in file.declarations for change in class_changes(file, first, last)]
    changes.sort(key=lambda change: (file.tokens[change[2]].start, change[1], change[3], change[4]))
    found, keys = [], {}
    for number, (body, kind, first, last, after) in enumerate(changes, 1):
        start, end = file.tokens[first].start, file.tokens[last].end
        key = describe(file, kind, start, end, after)
        keys[key] = keys.get(key, 0) + 1
        if keys[key] > 1:
            key += f" ({keys[key]})"
        if body is not None and not keeps_coroutine(file, body, start, end, after):
            continue  # without co_await and co_return it is another kind of function, which does not compile
        found.append(Mutant(number, key, kind, file.line(start), start, end, after, body, text[start:end]))
    return found


def keeps_coroutine(file, body, start, end, after):
    """Whether a body that is a coroutine's is one after a change as well."""
    begin, close = file.tokens[body.first].start, file.tokens[body.last].end
    rest = file.text[begin:start] + after + file.text[end:close]
    return "co_" not in one_line(file.text[begin:close]) or bool(re.search(r"\bco_(await|return|yield)\b", one_line(rest)))


def describe(file, kind, start, end, after):
    """A change in one line: the statement, or the line with the change in it."""
    if kind == "drop":
        return f"drop `{short(file.text[start:end])}`"
    if kind == "swap":
        before = file.text[start:end]
        return f"swap the two of `{short(before)}`"
    begin = file.text.rfind("\n", 0, start) + 1
    stop = file.text.find("\n", end)
    line = file.text[begin:start] + "\0" + file.text[start:end] + "\0" + file.text[end:stop]
    changed = file.text[begin:start] + after + file.text[end:stop]
    return f"`{one_line(line.replace(chr(0), ''))}` becomes `{one_line(changed)}`"


def short(text, most=140):
    text = one_line(text)
    return text if len(text) <= most else text[:most - 4] + " ..."


# ---------------------------------------------------------------- one program of all of them

HEAD = """// All mutants of one solution; the environment chooses one. Written by tests/exercises/mutate.py.
#pragma once
#include <cstdlib>
namespace mutation {
inline const int chosen = [] {
  const char* const number = std::getenv("KETTLE_MUTANT");
  return number == nullptr ? 0 : std::atoi(number);
}();
}
"""


def program(text, mutants):
    """The file with all of these mutants in it, and the lines at which each stands: (text, [(first line, number)])."""
    pieces, line, places, position = [], 1, [(1, 0)], 0

    def put(piece):
        nonlocal line
        pieces.append(piece)
        line += piece.count("\n")

    def mark(number):
        places.append((line, number))

    file = File(text)
    put(HEAD)
    edits = []
    for body in file.bodies:
        inside = [each for each in mutants if each.body and file.tokens[body.first].start == each_start(file, each)]
        if inside:
            edits.append((file.tokens[body.first].start, file.tokens[body.last].end, inside))
    edits += [(each.start, each.end, [each]) for each in mutants if each.body is None]
    for start, end, inside in sorted(edits, key=lambda edit: edit[0]):
        put(text[position:start])
        original = text[start:end]
        if inside[0].body is None:
            each = inside[0]
            put("\n")
            mark(each.number)
            put(f"(mutation::chosen == {each.number} ? {each.after} : {original})\n")
            mark(0)
        else:
            put("{ switch (mutation::chosen) {\n")
            for each in inside:
                mark(each.number)
                put(f"case {each.number}: {text[start:each.start]}{each.after}{text[each.end:end]} break;\n")
                mark(0)
            put(f"default: {original}\n}} }}")
        position = end
    put(text[position:])
    return "".join(pieces), places


def each_start(file, mutant):
    return file.tokens[mutant.body.first].start


def mutant_at(places, line):
    """The number of the mutant that stands at a line of the program; 0: none."""
    return places[bisect.bisect_right([first for first, _ in places], line) - 1][1]
