"""ScyllaDB's Python driver: one connection for each shard, and every request on its owner's."""

import os
import re
import time
import urllib.request

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import DCAwareRoundRobinPolicy, TokenAwarePolicy

from checks import HOST, PORT, check, equal, run_checks

SHARDS = 2
ROWS = 2_000
ADMIN_PORT = int(os.environ["CETO_ADMIN_PORT"])
POOL_PATIENCE_S = 10

profile = ExecutionProfile(load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy("datacenter1")))
cluster = Cluster([HOST], port=PORT, protocol_version=4, execution_profiles={EXEC_PROFILE_DEFAULT: profile})
session = cluster.connect()
session.execute("CREATE KEYSPACE aware WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("aware")
session.execute("CREATE TABLE t (k bigint PRIMARY KEY, v text)")


def by_shard(metric):
    """The metric's value for each shard."""
    with urllib.request.urlopen(f"http://{HOST}:{ADMIN_PORT}/metrics") as response:
        text = response.read().decode()
    found = re.findall(rf'^ceto_{metric}{{shard="(\d+)"}} (\S+)$', text, re.MULTILINE)
    if not found:
        raise AssertionError(f"the metric ceto_{metric} is not there")
    return {int(shard): float(value) for shard, value in found}


def connected():
    (stats,) = cluster.shard_aware_stats().values()
    return stats


@check("the driver opens one connection for each shard")
def one_connection_each():
    deadline = time.monotonic() + POOL_PATIENCE_S
    while connected()["connected"] < SHARDS and time.monotonic() < deadline:
        time.sleep(0.05)
    stats = connected()
    equal((stats["shards_count"], stats["connected"]), (SHARDS, SHARDS))
    (pool,) = session.get_pools()
    equal(sorted(pool._connections), list(range(SHARDS)))


@check("the shard-aware port leads to the shard of the client's own port")
def shard_aware_port():
    (pool,) = session.get_pools()
    info = pool.host.sharding_info
    if not info.shard_aware_port:
        raise AssertionError("no shard-aware port was announced")
    for shard, connection in pool._connections.items():
        if connection.endpoint.port == info.shard_aware_port:
            equal(connection._socket.getsockname()[1] % SHARDS, shard)


@check("prepared requests reach the owner of their key, none crosses to another shard")
def routed_to_owner():
    insert = session.prepare("INSERT INTO t (k, v) VALUES (?, ?)")
    select = session.prepare("SELECT v FROM t WHERE k = ?")
    session.execute(insert, (0, "warm"))
    session.execute(select, (0,))
    crossed, fast = by_shard("remote_parts_total"), by_shard("fast_lane_requests_total")
    execute_concurrent_with_args(session, insert, [(k, f"v{k}") for k in range(ROWS)], concurrency=32)
    read = execute_concurrent_with_args(session, select, [(k,) for k in range(ROWS)], concurrency=32)
    equal([result.one().v for _, result in read], [f"v{k}" for k in range(ROWS)])
    # The driver's own reads of system tables go on meanwhile.
    crossings = sum(by_shard("remote_parts_total").values()) - sum(crossed.values())
    if crossings > ROWS // 100:
        raise AssertionError(f"{crossings:.0f} of {2 * ROWS} requests crossed to another shard")
    after = by_shard("fast_lane_requests_total")
    handled = [after[shard] - fast[shard] for shard in range(SHARDS)]
    if min(handled) < ROWS // 2:
        raise AssertionError(f"one shard had nearly nothing to do: {handled}")


try:
    run_checks()
finally:
    cluster.shutdown()
