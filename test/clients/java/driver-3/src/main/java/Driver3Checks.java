import com.datastax.driver.core.BatchStatement;
import com.datastax.driver.core.BoundStatement;
import com.datastax.driver.core.Cluster;
import com.datastax.driver.core.ConsistencyLevel;
import com.datastax.driver.core.DataType;
import com.datastax.driver.core.KeyspaceMetadata;
import com.datastax.driver.core.LocalDate;
import com.datastax.driver.core.PreparedStatement;
import com.datastax.driver.core.ProtocolOptions.Compression;
import com.datastax.driver.core.ProtocolVersion;
import com.datastax.driver.core.ResultSet;
import com.datastax.driver.core.ResultSetFuture;
import com.datastax.driver.core.Row;
import com.datastax.driver.core.Session;
import com.datastax.driver.core.SimpleStatement;
import com.datastax.driver.core.TableMetadata;
import com.datastax.driver.core.exceptions.AlreadyExistsException;
import com.datastax.driver.core.exceptions.InvalidQueryException;
import com.datastax.driver.core.exceptions.NoHostAvailableException;
import com.datastax.driver.core.exceptions.SyntaxError;
import com.datastax.driver.core.exceptions.UnavailableException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Java driver 3.11, the one inside cassandra-stress. */
public final class Driver3Checks {
  private static final int ROWS = 2_000;
  private static final int IN_FLIGHT = 500;
  private static final String KEYSPACE = "java3_" + ProcessHandle.current().pid();

  private interface Body {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    try (Cluster cluster = cluster(ProtocolVersion.V4, Compression.NONE)) {
      Session session = cluster.connect();
      session.execute("CREATE KEYSPACE " + KEYSPACE
          + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("USE " + KEYSPACE);
      session.execute("CREATE TABLE numbers (p int, c int, v text, PRIMARY KEY (p, c))");
      session.execute("CREATE TABLE wide (k uuid PRIMARY KEY, b bigint, bl blob, bo boolean, d date, de decimal,"
          + " dou double, f float, i inet, si smallint, t text, ti time, ts timestamp, tiny tinyint, vi varint,"
          + " l list<int>, s set<text>, m map<text, bigint>)");
      for (ProtocolVersion version : List.of(ProtocolVersion.V3, ProtocolVersion.V4)) {
        for (Compression compression : Compression.values()) {
          check("Java driver 3.11, protocol " + version + ", compression " + compression.name().toLowerCase()
              + ": every type comes back as it was given", () -> everyType(version, compression));
        }
      }
      check("Java driver 3.11 writes and reads asynchronously, page by page", () -> pages(session));
      check("Java driver 3.11 runs batches and conditions", () -> batches(session));
      check("Java driver 3.11 sees the schema and the ring", () -> metadata(cluster));
      check("Java driver 3.11 maps errors to its exceptions", () -> errors(session));
      session.execute("DROP KEYSPACE " + KEYSPACE);
    }
  }

  private static Cluster cluster(ProtocolVersion version, Compression compression) {
    return Cluster.builder()
        .addContactPoint(System.getenv("CETO_HOST"))
        .withPort(Integer.parseInt(System.getenv("CETO_PORT")))
        .withProtocolVersion(version)
        .withCompression(compression)
        .withoutJMXReporting()
        .build();
  }

  private static void everyType(ProtocolVersion version, Compression compression) throws Exception {
    Map<String, Object> values = new HashMap<>();
    values.put("b", Long.MIN_VALUE);
    values.put("bl", ByteBuffer.wrap(new byte[20_000]));
    values.put("bo", true);
    values.put("de", new BigDecimal("-12345678901234567890.0123456789"));
    values.put("dou", 1e-300);
    values.put("f", 0.5f);
    values.put("i", InetAddress.getByName("2001:db8::1"));
    values.put("t", "naïve ☃ 𝄞");
    values.put("ts", new Date(1709210096789L));
    values.put("vi", BigInteger.TWO.pow(130).negate());
    values.put("l", Arrays.asList(3, 1, 2));
    values.put("s", new HashSet<>(Arrays.asList("a", "b")));
    values.put("m", Map.of("x", 1L, "y", -2L));
    if (version != ProtocolVersion.V3) {
      values.put("d", LocalDate.fromYearMonthDay(2024, 2, 29));
      values.put("si", Short.MIN_VALUE);
      values.put("ti", 86_399_999_999_999L);
      values.put("tiny", Byte.MIN_VALUE);
    }
    try (Cluster cluster = cluster(version, compression)) {
      Session session = cluster.connect(KEYSPACE);
      UUID key = UUID.randomUUID();
      for (Map.Entry<String, Object> value : values.entrySet()) {
        String column = value.getKey();
        session.execute(session.prepare("INSERT INTO wide (k, " + column + ") VALUES (?, ?)").bind(key, value.getValue()));
        Row row = session.execute(session.prepare("SELECT " + column + " FROM wide WHERE k = ?").bind(key)).one();
        equal(column, row.getObject(0), value.getValue());
      }
    }
  }

  private static void pages(Session session) {
    PreparedStatement insert = session.prepare("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)");
    List<ResultSetFuture> written = new ArrayList<>();
    for (int c = 0; c < ROWS; c++) {
      written.add(session.executeAsync(insert.bind(c % 5, c, "v" + c)));
      // One connection carries 1,024 requests and its queue 256 more.
      if (written.size() == IN_FLIGHT) awaitAll(written);
    }
    awaitAll(written);
    BoundStatement select = session.prepare("SELECT c, v FROM numbers WHERE p = ?").bind(3);
    select.setFetchSize(33);
    int expected = 3;
    for (Row row : session.execute(select)) {
      equal("c", row.getInt("c"), expected);
      equal("v", row.getString("v"), "v" + expected);
      expected += 5;
    }
    equal("rows read", expected, ROWS + 3);
  }

  private static void awaitAll(List<ResultSetFuture> futures) {
    futures.forEach(ResultSetFuture::getUninterruptibly);
    futures.clear();
  }

  private static void batches(Session session) {
    PreparedStatement insert = session.prepare("INSERT INTO numbers (p, c, v) VALUES (?, ?, ?)");
    BatchStatement batch = new BatchStatement();
    for (int c = 0; c < 20; c++) batch.add(insert.bind(100, c, "batch"));
    session.execute(batch);
    equal("count", session.execute("SELECT count(*) FROM numbers WHERE p = 100").one().getLong(0), 20L);
    ResultSet refused = session.execute("INSERT INTO numbers (p, c, v) VALUES (100, 1, 'again') IF NOT EXISTS");
    equal("applied", refused.wasApplied(), false);
    equal("row in the way", refused.one().getString("v"), "batch");
  }

  private static void metadata(Cluster cluster) {
    KeyspaceMetadata keyspace = cluster.getMetadata().getKeyspace(KEYSPACE);
    TableMetadata table = keyspace.getTable("numbers");
    equal("partition key", table.getPartitionKey().get(0).getName(), "p");
    equal("clustering column", table.getClusteringColumns().get(0).getName(), "c");
    equal("type of v", table.getColumn("v").getType(), DataType.text());
    equal("partitioner", cluster.getMetadata().getPartitioner().endsWith("Murmur3Partitioner"), true);
    equal("token ranges", cluster.getMetadata().getTokenRanges().isEmpty(), false);
    equal("schema agreement", cluster.getMetadata().checkSchemaAgreement(), true);
  }

  private static void errors(Session session) {
    raises(SyntaxError.class, () -> session.execute("SELEC 1"));
    raises(InvalidQueryException.class, () -> session.execute("SELECT * FROM nowhere"));
    raises(AlreadyExistsException.class, () -> session.execute("CREATE TABLE numbers (k int PRIMARY KEY)"));
    NoHostAvailableException none = raises(NoHostAvailableException.class, () -> session.execute(
        new SimpleStatement("SELECT * FROM numbers LIMIT 1").setConsistencyLevel(ConsistencyLevel.THREE)));
    UnavailableException unavailable = (UnavailableException) none.getErrors().values().iterator().next();
    equal("alive", unavailable.getAliveReplicas(), 1);
    equal("required", unavailable.getRequiredReplicas(), 3);
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
