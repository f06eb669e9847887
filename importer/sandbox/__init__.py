"""A local stand-in of the service over real HTTP, for rehearsals and tests."""

from importer.sandbox.accounts import OPS, User
from importer.sandbox.app import create_app
from importer.sandbox.faults import Drop, Fault, Faults, Garble, throttled
from importer.sandbox.log import Entry, Log
from importer.sandbox.seed import seed
from importer.sandbox.server import Server, serve_forever
from importer.sandbox.store import Query, Store
from importer.sandbox.throttle import NO_LIMITS, Counting, Limits

__all__ = [
    "NO_LIMITS",
    "OPS",
    "Counting",
    "Drop",
    "Entry",
    "Fault",
    "Faults",
    "Garble",
    "Limits",
    "Log",
    "Query",
    "Server",
    "Store",
    "User",
    "create_app",
    "seed",
    "serve_forever",
    "throttled",
]
