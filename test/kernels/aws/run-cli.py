"""Runs commands through the AWS CLI's own driver, all in one process. Input: a JSON list of commands as they are typed."""

import io
import json
import shlex
import sys

from awscli.clidriver import create_clidriver

real = sys.stdout
driver = create_clidriver()
results = []
for command in json.load(sys.stdin):
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    code = driver.main(shlex.split(command))
    results.append({"code": code, "stdout": sys.stdout.getvalue(), "stderr": sys.stderr.getvalue()})
json.dump(results, real)
