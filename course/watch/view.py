"""Fits a page into the terminal: a header of two lines, as much of the page as there is room for, a footer."""

from course.watch.folding import cut, fold, length


class View:
    """Lays out one screen, and knows how far the page can be scrolled."""

    def __init__(self):
        self.top, self.room, self.total = 0, 1, 0

    def scroll(self, key: str) -> bool:
        """Moves the page. Whether that key moves pages."""
        steps = {"up": -1, "down": 1, "page-up": 1 - self.room, "page-down": self.room - 1,
                 "home": -self.total, "end": self.total}
        if key not in steps:
            return False
        self.top = self._held(self.top + steps[key])
        return True

    def reveal(self, line: int) -> None:
        """Scrolls as little as needed for a line of the page to be seen."""
        if line < self.top:
            self.top = line
        elif line >= self.top + self.room - 1:  # the last row may say that there is more
            self.top = line - self.room + 2

    def _held(self, top: int) -> int:
        return max(0, min(top, self.total - self.room))

    def lines(self, header: list, page: list, footer: list, columns: int, rows: int) -> list:
        """Exactly `rows` lines, none longer than the terminal is wide."""
        folded = [part for line in page for part in fold(line, columns)]
        footer = [part for line in footer for part in fold(line, columns)]
        header = [cut(line, columns) for line in header]
        if len(header) + len(footer) > rows // 2:  # a very small terminal: the page matters most
            header, footer = header[:1], footer[-1:]
        self.total, self.room = len(folded), max(1, rows - len(header) - len(footer))
        self.top = self._held(self.top)
        shown = folded[self.top:self.top + self.room]
        shown += [""] * (self.room - len(shown))
        below = self.total - self.top - self.room
        if below > 0 and self.room > 2:
            words = f" {below + 1} more lines: space "
            shown[-1] = "-" * max(0, min(4, columns - length(words))) + cut(words, columns)
        return (header + shown + footer)[:rows]
