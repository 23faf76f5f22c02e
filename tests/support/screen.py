"""The screen of a terminal that prompts are drawn on: enough of one to see what a person sees."""

import re

TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[=>]|([\x00-\x1f])|([^\x00-\x1f\x1b]+)")


class Screen:
    """Rows of text, as output of prompt_toolkit leaves them."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.lines = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0

    @property
    def text(self) -> str:
        """What is on the screen, without trailing spaces."""
        return "\n".join("".join(line).rstrip() for line in self.lines).rstrip()

    def feed(self, output: str) -> "Screen":
        """Draw a program's output; return the screen."""
        for match in TOKEN.finditer(output):
            arguments, command, control, text = match.groups()
            if command:
                self._command(command, arguments)
            elif control:
                self._control(control)
            for char in text or "":
                self._put(char)
        return self

    def _command(self, command: str, arguments: str) -> None:
        count = int(arguments) if arguments.isdigit() else 0
        step = max(count, 1)
        if command in "AB":
            down = step if command == "B" else -step
            self.row = min(max(self.row + down, 0), self.rows - 1)
        elif command in "CD":
            right = step if command == "C" else -step
            self.column = min(max(self.column + right, 0), self.columns - 1)
        elif command in "JK" and count == 0:
            self.lines[self.row][self.column :] = [" "] * (self.columns - self.column)
            below = range(self.row + 1, self.rows) if command == "J" else ()
            for row in below:
                self.lines[row] = [" "] * self.columns

    def _control(self, control: str) -> None:
        if control == "\r":
            self.column = 0
        elif control == "\b":
            self.column = max(self.column - 1, 0)
        elif control == "\n":
            self._line_feed()

    def _line_feed(self) -> None:
        if self.row == self.rows - 1:
            self.lines = [*self.lines[1:], [" "] * self.columns]
        else:
            self.row += 1

    def _put(self, char: str) -> None:
        if self.column == self.columns:
            self.column = 0
            self._line_feed()
        self.lines[self.row][self.column] = char
        self.column += 1
