"""DataStax's Python driver: protocol versions and compressions, values, concurrency, metadata, routing."""

import datetime
import decimal
import os
import re
import uuid

from cassandra import AlreadyExists, ConsistencyLevel, InvalidRequest, Unavailable
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable
from cassandra.concurrent import execute_concurrent, execute_concurrent_with_args
from cassandra.policies import DCAwareRoundRobinPolicy, TokenAwarePolicy
from cassandra.protocol import SyntaxException
from cassandra.query import BatchStatement, SimpleStatement, dict_factory
from cassandra.util import Date, Duration, SortedSet, Time

from checks import HOST, PORT, check, equal, raises, run_checks

KEYSPACE = f"python_{os.getpid()}"
ROWS = 3_000
# Options of a table that Cassandra's DESCRIBE prints, and the driver's export not or not always.
NOT_EXPORTED = re.compile(r"    AND (allow_auto_snapshot|cdc|extensions|incremental_backups|memtable) = ")


def connect(protocol_version=5, compression=False, keyspace=None):
    profile = ExecutionProfile(load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy("datacenter1")))
    cluster = Cluster(
        [HOST],
        port=PORT,
        protocol_version=protocol_version,
        compression=compression,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
    )
    return cluster, cluster.connect(keyspace)


cluster, session = connect()
session.execute(
    f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
)
session.set_keyspace(KEYSPACE)
session.execute("CREATE TYPE address (street text, number int)")
session.execute("CREATE TABLE numbers (p int, c int, v text, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC)")
session.execute(
    """CREATE TABLE wide (k uuid PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, d date, de decimal, dou double,
    dur duration, f float, i inet, si smallint, t text, ti time, ts timestamp, tu timeuuid, tiny tinyint, vi varint,
    l list<int>, s set<text>, m map<text, frozen<list<int>>>, tup tuple<int, text>, u address, v vector<float, 2>)"""
)

WIDE = {
    "k": uuid.UUID("11111111-2222-4333-8444-555555555555"),
    "a": "ascii",
    "b": -(2**63),
    "bl": bytes(range(256)) * 40,
    "bo": True,
    "d": Date("2024-02-29"),
    "de": decimal.Decimal("-12345678901234567890.0123456789"),
    "dou": 1e-300,
    "dur": Duration(14, 3, 123456789),
    "f": 0.5,
    "i": "2001:db8::1",
    "si": -32768,
    "t": "naïve ☃ 𝄞",
    "ti": Time("23:59:59.999999999"),
    "ts": datetime.datetime(2024, 2, 29, 12, 34, 56, 789000),
    "tu": uuid.UUID("50554d6e-29bb-11e5-b345-feff819cdc9f"),
    "tiny": -128,
    "vi": -(2**130),
    "l": [3, 1, 2],
    "s": SortedSet(["a", "b"]),
    "m": {"x": [1, 2], "y": []},
    "tup": (1, "two"),
    "u": ("Åvägen", 17),
    "v": [1.5, -2.0],
}


def check_values(own_session):
    columns = ", ".join(WIDE)
    markers = ", ".join("?" for _ in WIDE)
    own_session.execute(own_session.prepare(f"INSERT INTO wide ({columns}) VALUES ({markers})"), list(WIDE.values()))
    row = own_session.execute(own_session.prepare(f"SELECT {columns} FROM wide WHERE k = ?"), [WIDE["k"]]).one()
    for column, expected in WIDE.items():
        actual = getattr(row, column)
        equal((column, tuple(actual) if column == "u" else actual), (column, expected))


def check_connection(protocol_version, compression):
    own_cluster, own_session = connect(protocol_version, compression, KEYSPACE)
    try:
        equal(own_cluster.protocol_version, protocol_version)
        check_values(own_session)
        big = "compressible " * 20_000
        own_session.execute("INSERT INTO numbers (p, c, v) VALUES (-1, %s, %s)", (protocol_version, big))
        select = SimpleStatement(f"SELECT v FROM numbers WHERE p = -1 AND c = {protocol_version}")
        equal(own_session.execute(select).one().v, big)
    finally:
        own_cluster.shutdown()


for version, compressor in [(3, False), (4, False), (5, False), (3, "snappy"), (4, "snappy"), (4, "lz4"), (5, "lz4")]:
    label = f"protocol v{version}, {compressor or 'not'} compressed: every type comes back as it was given"
    check(label)(lambda version=version, compressor=compressor: check_connection(version, compressor))


@check("execute_concurrent writes and reads thousands of rows")
def concurrent():
    insert = session.prepare("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)")
    written = execute_concurrent_with_args(session, insert, [(i % 7, i, f"v{i}") for i in range(ROWS)], concurrency=100)
    equal(sum(1 for success, _ in written if success), ROWS)
    select = session.prepare("SELECT v FROM numbers WHERE p = ? AND c = ?")
    read = execute_concurrent(session, [(select, (i % 7, i)) for i in range(ROWS)], concurrency=100)
    equal([result.one().v for _, result in read], [f"v{i}" for i in range(ROWS)])


@check("a result set fetches its pages as it is read, in clustering order")
def paging():
    statement = session.prepare("SELECT c FROM numbers WHERE p = ?")
    statement.fetch_size = 64
    equal([row.c for row in session.execute(statement, (3,))], [c for c in range(ROWS - 1, -1, -1) if c % 7 == 3])


@check("a page can be taken up again by its paging state from another session")
def paging_state():
    statement = SimpleStatement("SELECT c FROM numbers WHERE p = 4", fetch_size=100)
    first = session.execute(statement)
    seen = [row.c for row in first.current_rows]
    other_cluster, other = connect(keyspace=KEYSPACE)
    seen += [row.c for row in other.execute(statement, paging_state=first.paging_state)]
    other_cluster.shutdown()
    equal(seen, [c for c in range(ROWS - 1, -1, -1) if c % 7 == 4])


@check("the schema in cluster.metadata is what was created")
def metadata():
    cluster.refresh_schema_metadata()
    keyspace = cluster.metadata.keyspaces[KEYSPACE]
    equal(set(keyspace.tables), {"numbers", "wide"})
    equal(keyspace.user_types["address"].field_names, ["street", "number"])
    table = keyspace.tables["numbers"]
    equal([column.name for column in table.partition_key], ["p"])
    equal([(column.name, column.is_reversed) for column in table.clustering_key], [("c", True)])
    equal({name: column.cql_type for name, column in table.columns.items()}, {"p": "int", "c": "int", "v": "text"})
    equal(keyspace.tables["wide"].columns["m"].cql_type, "map<text, frozen<list<int>>>")
    equal(keyspace.tables["wide"].columns["u"].cql_type, "address")


def without_unknown_options(statement):
    return "\n".join(line for line in statement.splitlines() if not NOT_EXPORTED.match(line))


@check("export_as_string of a keyspace is the server's own DESCRIBE")
def export_equals_describe():
    session.execute(
        f"CREATE TABLE described (a int, b text, s int static, c float, PRIMARY KEY ((a, b), c)) WITH comment = 'it''s'"
        " AND gc_grace_seconds = 60 AND compaction = {'class': 'LeveledCompactionStrategy', 'sstable_size_in_mb': 64}"
    )
    cluster.refresh_schema_metadata()
    described = [row.create_statement for row in session.execute(f"DESCRIBE KEYSPACE {KEYSPACE}")]
    exported = without_unknown_options(cluster.metadata.keyspaces[KEYSPACE].export_as_string())
    for statement in described:
        # The driver writes tuple<> as frozen<tuple<>>, which the server leaves out.
        if ".wide (" not in statement:
            wanted = without_unknown_options(statement)
            if wanted not in exported:
                raise AssertionError(f"not in the export:\n{wanted}\n--- export:\n{exported}")
    session.execute("DROP TABLE described")


@check("token-aware routing knows the replica of every key")
def token_aware():
    insert = session.prepare("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)")
    bound = insert.bind((1, 1, "x"))
    replicas = cluster.metadata.get_replicas(KEYSPACE, bound.routing_key)
    equal([host.endpoint.address for host in replicas], [HOST])
    token = cluster.metadata.token_map.token_class.from_key(bound.routing_key)
    equal(session.execute("SELECT token(p) AS t FROM numbers WHERE p = 1 LIMIT 1").one().t, token.value)


@check("batches, conditions and row factories")
def batches():
    batch = BatchStatement()
    insert = session.prepare("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)")
    for c in range(20):
        batch.add(insert, (100, c, "batch"))
    batch.add(SimpleStatement("DELETE FROM numbers WHERE p = 100 AND c = %s"), (5,))
    session.execute(batch)
    equal(session.execute("SELECT count(*) FROM numbers WHERE p = 100").one().count, 19)
    result = session.execute("INSERT INTO numbers (p, c, v) VALUES (100, 1, 'again') IF NOT EXISTS")
    equal(result.was_applied, False)
    dictionaries = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=dict_factory)
    row = session.execute("SELECT * FROM numbers WHERE p = 100 AND c = 1", execution_profile=dictionaries).one()
    equal(row, {"p": 100, "c": 1, "v": "batch"})


@check("the keyspace of a request is used without USE")
def keyspace_per_request():
    own_cluster, own_session = connect()
    statement = own_session.prepare("SELECT v FROM numbers WHERE p = 100 AND c = ?", keyspace=KEYSPACE)
    equal(own_session.execute(statement, (1,)).one().v, "batch")
    simple = SimpleStatement("SELECT v FROM numbers WHERE p = 100 AND c = 2", keyspace=KEYSPACE)
    equal(own_session.execute(simple).one().v, "batch")
    own_cluster.shutdown()


@check("warnings of a statement reach the client")
def warnings():
    batch = BatchStatement()
    insert = session.prepare("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)")
    for c in range(12):
        batch.add(insert, (c, 0, "w" * 600))
    future = session.execute_async(batch)
    future.result()
    if not any("exceeding specified threshold" in warning for warning in future.warnings or []):
        raise AssertionError(f"no warning about the size of the batch: {future.warnings!r}")


@check("errors arrive as the driver's own classes")
def errors():
    raises(SyntaxException, lambda: session.execute("SELEC 1"))
    raises(InvalidRequest, lambda: session.execute("SELECT * FROM nowhere"))
    again = raises(AlreadyExists, lambda: session.execute("CREATE TABLE numbers (k int PRIMARY KEY)"))
    equal((again.keyspace, again.table), (KEYSPACE, "numbers"))
    three = SimpleStatement("SELECT * FROM numbers LIMIT 1", consistency_level=ConsistencyLevel.THREE)
    (unavailable,) = raises(NoHostAvailable, lambda: session.execute(three)).errors.values()
    equal(type(unavailable), Unavailable)
    equal((unavailable.required_replicas, unavailable.alive_replicas), (3, 1))


try:
    run_checks()
finally:
    session.execute(f"DROP KEYSPACE {KEYSPACE}")
    cluster.shutdown()
