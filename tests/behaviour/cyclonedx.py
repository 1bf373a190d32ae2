#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""cyclonedx.py BILL SCHEMAS: checks a bill of materials by CycloneDX's own schema, and prints each fault.

SCHEMAS: the directory where npm's @cyclonedx/cyclonedx-library has the official schemas."""

import json
import pathlib
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # RefResolver; Debian 12 has no other
import jsonschema  # noqa: E402


def main(bill, schemas):
    names = ("bom-1.5", "spdx", "jsf-0.82")
    files = {name: f"{name}.SNAPSHOT.schema.json" for name in names}
    stored = {name: json.loads(pathlib.Path(schemas, files[name]).read_text("utf-8")) for name in names}
    base = stored["bom-1.5"]["$id"]
    resolver = jsonschema.RefResolver(
        base, stored["bom-1.5"], store={base.replace("bom-1.5.schema.json", files[name]): stored[name] for name in names}
    )
    validator = jsonschema.Draft7Validator(stored["bom-1.5"], resolver=resolver)
    faults = list(validator.iter_errors(json.loads(pathlib.Path(bill).read_text("utf-8"))))
    for fault in faults:
        print(f"{'/'.join(map(str, fault.path))}: {fault.message}")
    return 1 if faults else 0


sys.exit(main(*sys.argv[1:]))
