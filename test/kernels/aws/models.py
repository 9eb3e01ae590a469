"""Prints what botocore's models say of the services named as arguments: commands, parameters, waiters, pages."""

import json
import sys

import botocore.session
from botocore import xform_name


def members(shape):
    return [[name, xform_name(name, "-")] for name in (shape.members if shape else [])]


session = botocore.session.get_session()
found = {}
for service in sys.argv[1:]:
    model = session.get_service_model(service)
    shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
    try:
        waiters = session.get_waiter_model(service)
        waiters = {name: [xform_name(name, "-"), waiters.get_waiter(name).operation] for name in waiters.waiter_names}
    except Exception:
        waiters = {}
    try:
        pages = session.get_paginator_model(service)._paginator_config
    except Exception:
        pages = {}
    found[service] = {
        "operations": {
            name: {"command": xform_name(name, "-"), "members": members(shape), "required": list(shape.required_members) if shape else []}
            for name, shape in shapes.items()
        },
        "waiters": waiters,
        "pages": {name: [page["input_token"], page.get("limit_key")] for name, page in pages.items()},
    }
json.dump(found, sys.stdout)
