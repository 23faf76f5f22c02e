"""The tools of a walk over one schema, each made once."""

from connectors_cli.forms.compiled import Compiled
from connectors_cli.forms.conditions import Conditions
from connectors_cli.forms.coverage import Coverage
from connectors_cli.forms.exclusions import Exclusions
from connectors_cli.forms.fields import FieldMaker
from connectors_cli.forms.options import Options
from connectors_cli.forms.question_builder import Questions
from connectors_cli.forms.shape import Shapes
from connectors_cli.forms.unions import NameUnions, Unions


class Tools:
    """Everything that a walk over one schema needs."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.shapes = Shapes(compiled)
        self.options = Options(compiled, self.shapes)
        self.fields = FieldMaker(compiled)
        self.exclusions = Exclusions()
        self.conditions = Conditions(compiled, self.shapes)
        self.coverage = Coverage(compiled, self.shapes, self.fields, self.conditions)
        self.unions = Unions(compiled, self.shapes, self.options, self.coverage)
        self.names = NameUnions(compiled, self.shapes, self.options, self.fields)
        self.questions = Questions(compiled)
