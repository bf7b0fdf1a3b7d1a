"""Fills the larger tables of the golden files on a Cassandra 5.0 at HOST PORT USER PASSWORD."""

import hashlib
import sys

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

host, port, user, password = sys.argv[1:]
cluster = Cluster([host], port=int(port), auth_provider=PlainTextAuthProvider(user, password))
session = cluster.connect("sstgold")

columns = [f"c{i:03d}" for i in range(80)]
session.execute(
    "CREATE TABLE manycols (pk int, ck int, "
    + ", ".join(f"{c} int" for c in columns)
    + ", PRIMARY KEY (pk, ck))"
)
for ck, chosen in enumerate(
    [columns, columns[:3], columns[5:75], [columns[79]], columns[1:]], start=1
):
    values = ",".join(str(int(c[1:])) for c in chosen)
    session.execute(
        f"INSERT INTO manycols (pk,ck,{','.join(chosen)}) VALUES (1,{ck},{values}) "
        "USING TIMESTAMP 1700000000000001"
    )

session.execute("CREATE TABLE blocks (pk int, ck int, v text, PRIMARY KEY (pk, ck))")
insert = session.prepare(
    "INSERT INTO blocks (pk,ck,v) VALUES (?,?,?) USING TIMESTAMP 1700000000000001"
)
for pk, rows in ((1, 3000), (2, 10), (3, 700)):
    for ck in range(rows):
        value = "".join(
            hashlib.sha256(f"{pk}.{ck}.{part}".encode()).hexdigest() for part in range(2)
        )
        session.execute(insert, (pk, ck, value))
session.execute(
    "DELETE FROM blocks USING TIMESTAMP 1700000000000000 WHERE pk=1 AND ck>=100 AND ck<2500"
)

session.execute("CREATE TABLE many (pk int PRIMARY KEY, v int)")
insert = session.prepare("INSERT INTO many (pk,v) VALUES (?,?) USING TIMESTAMP 1700000000000001")
for pk in range(1000):
    session.execute(insert, (pk, pk * 3))
cluster.shutdown()
