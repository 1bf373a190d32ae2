# SPDX-License-Identifier: ISC
"""Compares openapi.yaml with what the programs do: openapi.py DOCUMENT COMMAND [ARGUMENT].

structure          the document is sound in itself
tables FILE        it has the words of the programs' tables, as print-answers prints them, and no others
answers DIRECTORY  each answer there is as documented, no more loosely than it must be, and each documented
                   status and word is there

In DIRECTORY, each request N has the files N.request (METHOD PROGRAM PATH_INFO), N.body and N.answer.
Prints what is wrong, and fails if there is anything.
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
# Outcomes in the tables that the request cannot have: a list has no id, and removes nothing.
NEVER = {
    ("get /api/v1/admin/productos", "id-invalid"),
    ("get /api/v1/admin/productos", "not-found"),
    ("get /api/v1/admin/productos", "no-endpoint"),
    ("get /api/v1/admin/productos", "disk-error"),
    ("get /api/v1/admin/productos/{id}", "disk-error"),
}
# What a PUT's 400 says of something else than its form, and what only the database or the disk knows of a form.
NOT_OF_THE_FORM = {"El ID del producto debe ser un número válido", "Content-Length inválido"}
BY_THE_SHOP = {
    "Error de consistencia: La categoría, talle o color especificado no existen",
    'El campo "descripcion" es demasiado largo',
    "El archivo no existe en el disco",
}


class Document:
    def __init__(self, file):
        self.root = yaml.safe_load(pathlib.Path(file).read_text(encoding="utf-8"))

    def resolve(self, node):
        """The node, or what it refers to."""
        while isinstance(node, dict) and "$ref" in node:
            path = node["$ref"]
            if not path.startswith("#/"):
                raise KeyError(path)
            node = self.root
            for part in path[2:].split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def operations(self):
        """Of each path and method: the name, as in `get /path`, and the operation."""
        for path, item in self.root["paths"].items():
            for method, operation in item.items():
                if method in METHODS or method == "x-other-methods":
                    yield f"{method} {path}", operation

    def responses(self):
        """Of each operation and status: these, and the response."""
        for name, operation in self.operations():
            for status, response in operation["responses"].items():
                yield name, status, self.resolve(response)

    def schema(self, body):
        """The schema of a request's or a response's body. None: there is no body."""
        return body["content"][JSON]["schema"] if "content" in body else None

    def faults(self, schema, value):
        """What a schema has against a value. The document around it is where its references lead."""
        validator = jsonschema.Draft202012Validator({**self.root, "allOf": [schema]})
        return [error.message for error in validator.iter_errors(value)]

    def merged(self, schema):
        """The schema with the properties, and what is required, of the schemas that it adds to."""
        merged = dict(self.resolve(schema))
        for part in map(self.merged, merged.get("allOf", [])):
            merged["properties"] = {**part.get("properties", {}), **merged.get("properties", {})}
            merged["required"] = part.get("required", []) + merged.get("required", [])
            merged.setdefault("type", part.get("type"))
        return merged

    def gaps(self, schema, value, path="the body"):
        """Where a schema would allow other values than this one of the programs' own."""
        schema = self.merged(schema)
        if "oneOf" in schema:
            schema = next(branch for branch in schema["oneOf"] if not self.faults(branch, value))
        if not schema.keys() & {"type", "const", "enum"}:
            yield f"{path} may have any type"
        if isinstance(value, list):
            for element in value:
                yield from self.gaps(schema.get("items", {}), element, f"an element of {path}")
        if isinstance(value, dict):
            members = schema.get("properties", {})
            if "mensaje" in members and schema.get("additionalProperties") is not False:
                yield f"{path} may have other members"
            for name in members.keys() - set(schema.get("required", [])) - {"detalle"}:
                yield f"{path} need not have {name}"
            for name, member in value.items():
                yield from self.gaps(members.get(name, {}), member, f"{name} of {path}")

    def words(self, schema):
        """The constants that `mensaje` and `detalle` may have."""
        schema = self.resolve(schema)
        found = set()
        for branch in schema.get("oneOf", []):
            found |= self.words(branch)
        for name in ("mensaje", "detalle"):
            member = self.resolve(schema.get("properties", {}).get(name, {}))
            found |= set(member.get("enum", [member["const"]] if "const" in member else []))
        return found


def nodes(node, path="#"):
    """Every object of the document, with its path."""
    if isinstance(node, dict):
        yield path, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from nodes(child, f"{path}/{key}")


# --- structure ---


def check_references(document):
    for path, node in nodes(document.root):
        if "$ref" in node:
            try:
                document.resolve(node)
            except (KeyError, TypeError):
                yield f"{path}: {node['$ref']} leads nowhere"


def check_schemas(document):
    schemas = [(path + "/schema", node["schema"]) for path, node in nodes(document.root) if "schema" in node]
    schemas += document.root["components"]["schemas"].items()
    for path, schema in schemas:
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            yield f"{path}: {error.message}"


def check_operations(document):
    names = []
    for name, operation in document.operations():
        parameters = [document.resolve(p) for p in document.root["paths"][name.split()[1]].get("parameters", [])]
        in_path = [p["name"] for p in parameters if p["in"] == "path" and p.get("required") and "type" in p["schema"]]
        if re.findall(r"{(\w+)}", name) != in_path:
            yield f"{name}: the path's parameters are not those that are described"
        if not operation.get("responses"):
            yield f"{name}: no responses"
        if name.startswith("x-"):
            continue
        security = operation.get("security", document.root["security"])
        if not set().union(*security) <= document.root["components"]["securitySchemes"].keys():
            yield f"{name}: an unknown security scheme"
        if bool(security) != ("401" in operation["responses"]):
            yield f"{name}: 401 belongs to those who must sign in"
        names.append(operation["operationId"])
    if len(set(names)) != len(names):
        yield "an operationId comes twice"
    for name, status, response in document.responses():
        if not re.fullmatch("[1-5][0-9][0-9]", status) or not response.get("description"):
            yield f"{name}: {status}: no status, or one without a description"


def check_structure(document):
    for check in (check_references, check_schemas, check_operations):
        problems = list(check(document))
        yield from problems
        if problems:
            return # what follows takes it for sound


# --- tables ---


def operation_of(request, outcome):
    """The operation that documents what the table of a request has for an outcome."""
    path = request.split()[1]
    others = {"options": f"options {path}", "method-not-allowed": f"x-other-methods {path}"}
    return others.get(outcome, request)


def read_tables(file):
    """Of each operation and status: the words that the tables have, in sets of those that come together."""
    tables = {}
    for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines():
        request, outcome, status, *words = line.split("\t")
        if (request, outcome) not in NEVER:
            answers = tables.setdefault((operation_of(request, outcome), status), [])
            answers.append({word for word in words if word})
    return tables


def pattern(words):
    """%s stands for the name of a field."""
    return re.escape(words).replace("%s", "[a-z_]+")


def check_tables(document, file):
    tables = read_tables(file)
    for name, status, response in document.responses():
        if name.startswith("head "):
            continue # no words
        answers = tables.pop((name, status), None)
        schema = document.schema(response)
        documented = document.words(schema) if schema else set()
        if answers is None:
            yield f"{name}: {status} is in no table"
            continue
        known = set().union(*answers)
        for words in documented:
            if not any(re.fullmatch(pattern(k), words) for k in known):
                yield f"{name}: {status}: not in a table: {words}"
        for words in known:
            if not any(re.fullmatch(pattern(words), d) for d in documented):
                yield f"{name}: {status}: not documented: {words}"
    for name, status in tables:
        yield f"{name}: {status} is not documented"


# --- answers ---


def path_of(program, path_info):
    if program == "productos" and path_info in ("", "/"):
        return "/api/v1/admin/productos"
    return f"/api/v1/admin/{program}/{{id}}"


def parse(answer):
    """The header fields, and the body's text."""
    head, body = answer.split("\r\n\r\n", 1)
    return dict(line.split(": ", 1) for line in head.split("\r\n")), body


def check_fields(document, fields, response):
    if fields.pop("Content-Type", None) != JSON + "; charset=utf-8":
        yield "another Content-Type"
    documented = {name: document.resolve(field) for name, field in response["headers"].items()}
    if fields.keys() != documented.keys():
        yield f"header fields: {', '.join(fields)}"
    for name in fields.keys() & documented.keys():
        schema = documented[name]["schema"]
        for fault in document.faults(schema, fields[name]) + list(document.gaps(schema, fields[name], "it")):
            yield f"{name}: {fault}"
        if not documented[name].get("required"):
            yield f"{name}: not required"


def check_body(document, body, schema):
    if schema is None:
        return [f"a body: {body}"] if body else []
    value = json.loads(body)
    if isinstance(value, dict) and body.startswith('{"mensaje"') and "producto" not in value:
        if json.dumps(value, ensure_ascii=False, separators=(",", ":")) != body:
            return ["not compact"]
    return document.faults(schema, value) or list(document.gaps(schema, value))


def check_form(document, operation, form, status, words):
    """Whether the schema of the request's body agrees with the program about a form."""
    if status != "200" and not (status == "400" and words.isdisjoint(NOT_OF_THE_FORM)):
        return
    good = status == "200" or not words.isdisjoint(BY_THE_SHOP)
    faults = document.faults(document.schema(operation["requestBody"]), json.loads(form))
    if bool(faults) == good:
        yield f"the form {form} is {'not ' * bool(faults)}as documented"


def words_of(body):
    """The words of an answer."""
    value = json.loads(body) if body else None
    return {value[name] for name in ("mensaje", "detalle") if name in value} if isinstance(value, dict) else set()


def check_answer(document, file, seen):
    method, program, path_info = file.read_text(encoding="utf-8").rstrip("\n").split(" ")
    fields, body = parse(file.with_suffix(".answer").read_bytes().decode("utf-8"))
    status = fields.pop("Status")[:3]
    operations = dict(document.operations())
    path = path_of(program, path_info)
    name = f"{method.lower()} {path}"
    if name not in operations:
        name = f"x-other-methods {path}"
    response = document.resolve(operations[name]["responses"].get(status))
    words = words_of(body)
    seen.setdefault((name, status), set()).update(words)
    if response is None:
        yield f"{status} is not documented"
        return
    yield from check_fields(document, fields, response)
    yield from check_body(document, body, document.schema(response))
    if name.startswith("put "):
        form = file.with_suffix(".body").read_text(encoding="utf-8")
        yield from check_form(document, operations[name], form, status, words)


def check_answers(document, directory):
    seen = {} # of each operation and status: the words that have come
    for file in sorted(pathlib.Path(directory).glob("*.request")):
        for problem in check_answer(document, file, seen):
            yield f"{file.read_text(encoding='utf-8').strip()}: {problem}"
    for name, status, response in document.responses():
        schema = document.schema(response)
        if (name, status) not in seen:
            yield f"{name}: no answer was {status}"
        else:
            for words in (document.words(schema) if schema else set()) - seen[name, status]:
                yield f"{name}: {status}: no answer said: {words}"


def main(file, command, *arguments):
    commands = {"structure": check_structure, "tables": check_tables, "answers": check_answers}
    problems = list(commands[command](Document(file), *arguments))
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
