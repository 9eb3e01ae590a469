"""Prints the parameters that the AWS CLI itself makes of each command. Input: JSON lists of words behind `aws`. Nothing is sent."""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

driver = create_clidriver()
made = []


def keep(call_parameters, parsed_globals, **kwargs):
    made.append({"input": call_parameters, "query": parsed_globals.query and parsed_globals.query.expression, "output": parsed_globals.output})
    # An answer of a handler is taken for the command's, so that it is never carried out.
    return 0


driver.session.register("calling-command.*", keep)
results = []
for words in json.load(sys.stdin):
    made.clear()
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        try:
            driver.main(words)
        except SystemExit:
            pass
    results.append(made[0] if made else {"error": errors.getvalue().strip()[-300:]})
json.dump(results, sys.stdout, default=float)
