"""Prints what the AWS CLI knows of structures: a JSON object of their members, by service and structure."""

import json
import sys

import awscli.clidriver

session = awscli.clidriver.create_clidriver().session
json.dump(
    {
        f"{service}.{name}": list(model.shape_for(name).members)
        for service in sys.argv[1:]
        for model in [session.get_service_model(service)]
        for name in model.shape_names
        if model.shape_for(name).type_name == "structure"
    },
    sys.stdout,
)
