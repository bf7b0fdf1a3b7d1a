"""Prints a table's rows as lines of JSON, read by DataStax's Python driver in pages: TABLE COLUMN..."""

import json
import os
import sys

from cassandra.cluster import Cluster
from cassandra.query import SimpleStatement
from cassandra.util import Date

PAGE_SIZE = 700


def plain(value):
    if isinstance(value, Date):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="milliseconds") + "Z"
    return value


table, columns = sys.argv[1], sys.argv[2:]
cluster = Cluster([os.environ["CETO_HOST"]], port=int(os.environ["CETO_PORT"]), protocol_version=5)
session = cluster.connect()
for row in session.execute(SimpleStatement(f"SELECT {', '.join(columns)} FROM {table}", fetch_size=PAGE_SIZE)):
    print(json.dumps([plain(value) for value in row]))
cluster.shutdown()
