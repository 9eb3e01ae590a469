"""Prints the members of answers that are floats or doubles, by structure, from the service models of the AWS CLI."""

import json

from botocore.session import Session


def holds_double(shape):
    if shape.type_name in ("list", "map"):
        return holds_double(shape.member if shape.type_name == "list" else shape.value)
    return shape.type_name in ("float", "double")


def walk(shape, seen, found):
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if holds_double(member):
                found.add(f"{shape.name}.{name}")
            walk(member, seen, found)
    elif shape.type_name in ("list", "map"):
        walk(shape.member if shape.type_name == "list" else shape.value, seen, found)


found = set()
for service in ("rds", "secretsmanager", "cloudwatch", "sns", "sts"):
    model = Session().get_service_model(service)
    seen = set()
    for operation in model.operation_names:
        walk(model.operation_model(operation).output_shape, seen, found)
print(json.dumps(sorted(found)))
