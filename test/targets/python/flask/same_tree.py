"""Compares pairs of files (before, after): after is before, plus the import, plus the call of what it imports."""

import ast
import sys


class Without(ast.NodeTransformer):
    """Takes the import and the calls out again."""

    def __init__(self, module):
        self.module = module.lstrip(".")
        self.names = set()
        self.calls = 0

    def visit_ImportFrom(self, node):
        if node.module == self.module and node.names[0].name == "instrument":
            self.names.add(node.names[0].asname or "instrument")
            return None
        return node

    def is_ours(self, node):
        ours = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self.names
        return ours and len(node.args) == 1

    def visit_Expr(self, node):
        if self.is_ours(node.value):
            self.calls += 1
            return None
        return self.generic_visit(node)

    def visit_Call(self, node):
        if self.is_ours(node):
            self.calls += 1
            return self.visit(node.args[0])
        return self.generic_visit(node)


def read(path):
    with open(path, "rb") as file:
        return file.read()


for module, before, after in zip(*[iter(sys.argv[1:])] * 3):
    source = read(after)
    compile(source, after, "exec")
    without = Without(module)
    tree = without.visit(ast.parse(source))
    assert len(without.names) == 1 and without.calls == 1, f"{after}: {without.names}, {without.calls} calls"
    assert ast.dump(tree) == ast.dump(ast.parse(read(before))), f"{after}: differs in more than the lines of ours"
