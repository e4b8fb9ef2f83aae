"""What the scripts of client libraries share: a list of checks, and a report of one JSON line each.

A script makes a `Checks`, marks its functions with it, and ends with `sys.exit(checks.run(...))`. The
result is 0, 1 when a check failed, and 2 when the gateway cannot be reached at all.
"""

import argparse
import json
import os
import time
import traceback


# The parameters of a tool that several scripts offer.
WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 1, "maxLength": 20},
        "unit": {"enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
    },
    "required": ["city", "unit", "days"],
    "additionalProperties": False,
}


def need(condition, why):
    """Fails the check unless the condition holds."""
    if not condition:
        raise AssertionError(why)


class Checks:
    """Checks in the order in which they were marked."""

    def __init__(self, about):
        self.about = about
        self.functions = []

    def __call__(self, function):
        self.functions.append(function)
        return function

    def run(self, prepare):
        """Runs all checks on what `prepare(options)` returns."""
        parser = argparse.ArgumentParser(
            description=self.about, formatter_class=argparse.RawTextHelpFormatter
        )
        parser.add_argument("--base-url", required=True)
        parser.add_argument("--token", default=os.environ.get("HAI_NET_TOKEN"))
        parser.add_argument("--model", help="the model to ask, else one that the script chooses")
        parser.add_argument("--only", help="run the checks whose name holds this text")
        options = parser.parse_args()
        if not options.token:
            parser.error("--token or HAI_NET_TOKEN is needed")
        try:
            bench = prepare(options)
        except Exception as error:  # noqa: BLE001 - whatever a client library raises here
            print(json.dumps({"check": "reach", "ok": False, "error": repr(error)}))
            return 2
        failed = 0
        for function in self.functions:
            if options.only and options.only not in function.__name__:
                continue
            began = time.monotonic()
            line = {"check": function.__name__, "ok": True}
            try:
                line.update(function(bench) or {})
            except Exception as error:  # noqa: BLE001 - each failure is a line, and the others still run
                failed += 1
                line["ok"] = False
                line["error"] = f"{type(error).__name__}: {error}"[:1000]
                line["at"] = traceback.extract_tb(error.__traceback__)[-1].lineno
            line["seconds"] = round(time.monotonic() - began, 3)
            print(json.dumps(line), flush=True)
        return 1 if failed else 0
