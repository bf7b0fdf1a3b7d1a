"""Named checks of a client program, reported as the test harness reads them: a line of JSON for each."""

import json
import os
import traceback

HOST = os.environ["CETO_HOST"]
PORT = int(os.environ["CETO_PORT"])

_registered = []


def check(name):
    """Registers a function; it has passed when it returns."""

    def register(function):
        _registered.append((name, function))
        return function

    return register


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def raises(kind, function):
    """The exception of class `kind` that the function raises."""
    try:
        result = function()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, got the result {result!r}")


def run_checks():
    for name, function in _registered:
        error = None
        try:
            function()
        except Exception:
            error = traceback.format_exc()
        print(json.dumps({"check": name, "error": error}), flush=True)
