import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.data.CqlDuration;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.servererrors.AlreadyExistsException;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.SyntaxError;
import com.datastax.oss.driver.api.core.servererrors.UnavailableException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Java driver 4.17: protocols v3 to v5 by way of its own native-protocol library. */
public final class Driver4Checks {
  private static final int ROWS = 2_000;
  private static final int IN_FLIGHT = 500;
  private static final String KEYSPACE = "java4_" + ProcessHandle.current().pid();

  private interface Body {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    try (CqlSession session = connect("V5", "none")) {
      session.execute("CREATE KEYSPACE " + KEYSPACE
          + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("USE " + KEYSPACE);
      session.execute("CREATE TYPE address (street text, number int)");
      session.execute("CREATE TABLE numbers (p int, c int, v text, PRIMARY KEY (p, c))");
      session.execute("CREATE TABLE wide (k uuid PRIMARY KEY, b bigint, bl blob, bo boolean, d date, de decimal,"
          + " dou double, dur duration, f float, i inet, si smallint, t text, ti time, ts timestamp, tiny tinyint,"
          + " vi varint, l list<int>, s set<text>, m map<text, bigint>, v vector<float, 3>)");
      for (String version : List.of("V4", "V5")) {
        for (String compression : version.equals("V5") ? List.of("none", "lz4") : List.of("none", "lz4", "snappy")) {
          check("Java driver 4.17, protocol " + version + ", compression " + compression
              + ": every type comes back as it was given", () -> everyType(version, compression));
        }
      }
      check("Java driver 4.17 negotiates protocol v5 by itself", Driver4Checks::negotiates);
      check("Java driver 4.17 writes and reads asynchronously, page by page", () -> pages(session));
      check("Java driver 4.17 runs batches and conditions", () -> batches(session));
      check("Java driver 4.17 sees schema changes and the ring", () -> metadata(session));
      check("Java driver 4.17 learns new result metadata of a prepared SELECT *", () -> newMetadata(session));
      check("Java driver 4.17 maps errors to its exceptions", () -> errors(session));
      session.execute("DROP KEYSPACE " + KEYSPACE);
    }
  }

  private static CqlSession connect(String version, String compression) {
    var configuration = DriverConfigLoader.programmaticBuilder()
        .withString(DefaultDriverOption.PROTOCOL_COMPRESSION, compression)
        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, java.time.Duration.ofSeconds(10));
    if (version != null) configuration = configuration.withString(DefaultDriverOption.PROTOCOL_VERSION, version);
    return CqlSession.builder()
        .addContactPoint(new InetSocketAddress(
            System.getenv("CETO_HOST"), Integer.parseInt(System.getenv("CETO_PORT"))))
        .withLocalDatacenter("datacenter1")
        .withConfigLoader(configuration.build())
        .build();
  }

  private static void negotiates() {
    try (CqlSession session = connect(null, "none")) {
      equal("version", session.getContext().getProtocolVersion().toString(), "V5");
    }
  }

  private static void everyType(String version, String compression) throws Exception {
    Map<String, Object> values = Map.ofEntries(
        Map.entry("b", Long.MIN_VALUE),
        Map.entry("bl", ByteBuffer.wrap(new byte[20_000])),
        Map.entry("bo", true),
        Map.entry("d", LocalDate.of(2024, 2, 29)),
        Map.entry("de", new BigDecimal("-12345678901234567890.0123456789")),
        Map.entry("dou", 1e-300),
        Map.entry("dur", CqlDuration.newInstance(14, 3, 123456789)),
        Map.entry("f", 0.5f),
        Map.entry("i", InetAddress.getByName("2001:db8::1")),
        Map.entry("si", Short.MIN_VALUE),
        Map.entry("t", "naïve ☃ 𝄞"),
        Map.entry("ti", LocalTime.of(23, 59, 59, 999_999_999)),
        Map.entry("ts", Instant.ofEpochMilli(1709210096789L)),
        Map.entry("tiny", Byte.MIN_VALUE),
        Map.entry("vi", BigInteger.TWO.pow(130).negate()),
        Map.entry("l", List.of(3, 1, 2)),
        Map.entry("s", Set.of("a", "b")),
        Map.entry("m", Map.of("x", 1L, "y", -2L)),
        Map.entry("v", CqlVector.newInstance(1.5f, -2f, 0f)));
    try (CqlSession session = connect(version, compression)) {
      session.execute("USE " + KEYSPACE);
      UUID key = UUID.randomUUID();
      for (Map.Entry<String, Object> value : values.entrySet()) {
        String column = value.getKey();
        session.execute(session.prepare("INSERT INTO wide (k, " + column + ") VALUES (?, ?)").bind(key, value.getValue()));
        Row row = session.execute(session.prepare("SELECT " + column + " FROM wide WHERE k = ?").bind(key)).one();
        equal(column, row.getObject(0), value.getValue());
      }
    }
  }

  private static void pages(CqlSession session) {
    PreparedStatement insert = session.prepare("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)");
    List<CompletableFuture<AsyncResultSet>> written = new ArrayList<>();
    for (int c = 0; c < ROWS; c++) {
      written.add(session.executeAsync(insert.bind(c % 5, c, "v" + c)).toCompletableFuture());
      // One connection carries 1,024 requests.
      if (written.size() == IN_FLIGHT) awaitAll(written);
    }
    awaitAll(written);
    PreparedStatement select = session.prepare("SELECT c, v FROM numbers WHERE p = ?");
    int expected = 3;
    for (Row row : session.execute(select.bind(3).setPageSize(33))) {
      equal("c", row.getInt("c"), expected);
      equal("v", row.getString("v"), "v" + expected);
      expected += 5;
    }
    equal("rows read", expected, ROWS + 3);
  }

  private static void awaitAll(List<CompletableFuture<AsyncResultSet>> futures) {
    futures.forEach(CompletableFuture::join);
    futures.clear();
  }

  private static void batches(CqlSession session) {
    PreparedStatement insert = session.prepare("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)");
    BatchStatementBuilder batch = BatchStatement.builder(BatchType.LOGGED);
    for (int c = 0; c < 20; c++) batch.addStatement(insert.bind(100, c, "batch"));
    session.execute(batch.build());
    equal("count", session.execute("SELECT count(*) FROM numbers WHERE p = 100").one().getLong(0), 20L);
    ResultSet refused = session.execute("INSERT INTO numbers (p, c, v) VALUES (100, 1, 'again') IF NOT EXISTS");
    equal("applied", refused.wasApplied(), false);
    equal("row in the way", refused.one().getString("v"), "batch");
  }

  private static void metadata(CqlSession session) {
    session.execute("CREATE TABLE later (a int, b text, c uuid, PRIMARY KEY ((a, b), c))"
        + " WITH CLUSTERING ORDER BY (c DESC)");
    TableMetadata table = session.getMetadata().getKeyspace(KEYSPACE).orElseThrow().getTable("later").orElseThrow();
    equal("partition key", table.getPartitionKey().size(), 2);
    equal("order", table.getClusteringColumns().values().toString(), "[DESC]");
    equal("user type", session.getMetadata().getKeyspace(KEYSPACE).orElseThrow().getUserDefinedTypes().size(), 1);
    equal("token map", session.getMetadata().getTokenMap().isPresent(), true);
    equal("schema agreement", session.checkSchemaAgreement(), true);
    session.execute("DROP TABLE later");
    equal("dropped", session.getMetadata().getKeyspace(KEYSPACE).orElseThrow().getTable("later").isEmpty(), true);
  }

  private static void newMetadata(CqlSession session) {
    session.execute("CREATE TABLE grows (k int PRIMARY KEY, a int)");
    session.execute("INSERT INTO grows (k, a) VALUES (1, 10)");
    PreparedStatement select = session.prepare("SELECT * FROM grows WHERE k = ?");
    equal("before", session.execute(select.bind(1)).one().getColumnDefinitions().size(), 2);
    session.execute("ALTER TABLE grows ADD aa text");
    session.execute("UPDATE grows SET aa = 'new' WHERE k = 1");
    Row row = session.execute(select.bind(1)).one();
    equal("columns after", row.getColumnDefinitions().size(), 3);
    equal("new column", row.getString("aa"), "new");
    equal("old column", row.getInt("a"), 10);
    equal("result metadata kept", select.getResultSetDefinitions().size(), 3);
  }

  private static void errors(CqlSession session) {
    raises(SyntaxError.class, () -> session.execute("SELEC 1"));
    raises(InvalidQueryException.class, () -> session.execute("SELECT * FROM nowhere"));
    raises(AlreadyExistsException.class, () -> session.execute("CREATE TABLE numbers (k int PRIMARY KEY)"));
    AllNodesFailedException none = raises(AllNodesFailedException.class, () -> session.execute(
        SimpleStatement.newInstance("SELECT * FROM numbers LIMIT 1").setConsistencyLevel(ConsistencyLevel.THREE)));
    UnavailableException unavailable =
        (UnavailableException) none.getAllErrors().values().iterator().next().get(0);
    equal("alive", unavailable.getAlive(), 1);
    equal("required", unavailable.getRequired(), 3);
  }

  private static <E extends Exception> E raises(Class<E> kind, Body body) {
    try {
      body.run();
    } catch (Exception error) {
      if (kind.isInstance(error)) return kind.cast(error);
      throw new AssertionError("expected " + kind.getSimpleName() + ", got " + error);
    }
    throw new AssertionError("expected " + kind.getSimpleName());
  }

  private static void equal(String what, Object actual, Object expected) {
    if (!expected.equals(actual)) throw new AssertionError(what + ": expected " + expected + ", got " + actual);
  }

  /** Runs one named check and reports it as the test harness reads it. */
  private static void check(String name, Body body) {
    String error = "null";
    try {
      body.run();
    } catch (Exception | AssertionError thrown) {
      String text = thrown.toString().replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\s+", " ");
      error = '"' + text + '"';
    }
    System.out.println("{\"check\": \"" + name + "\", \"error\": " + error + "}");
  }
}
