// Writes SSTables with the CQLSSTableWriter of the Cassandra on the class path: OldFiles DIRECTORY.
// One table a directory; every statement makes a file of its own. 3.11 wants the classes of the driver 3.x beside its own.
import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.*;
import org.apache.cassandra.io.sstable.CQLSSTableWriter;

public class OldFiles {
  interface Rows { void write(CQLSSTableWriter writer) throws Exception; }

  static void table(String directory, String create, String statement, Rows rows) throws Exception {
    File to = new File(directory);
    to.mkdirs();
    CQLSSTableWriter writer = CQLSSTableWriter.builder().inDirectory(to.getPath()).forTable(create).using(statement).build();
    rows.write(writer);
    writer.close();
  }

  static ByteBuffer bytes(int... values) {
    byte[] out = new byte[values.length];
    for (int i = 0; i < out.length; ++i) out[i] = (byte) values[i];
    return ByteBuffer.wrap(out);
  }

  public static void main(String[] arguments) {
    try {
      all(arguments);
    } catch (Throwable failure) {
      failure.printStackTrace();
      System.exit(1);
    }
  }

  static void all(String[] arguments) throws Exception {
    String to = arguments[0];
    for (String compressor : new String[] {"LZ4Compressor", "DeflateCompressor", "SnappyCompressor", ""}) {
      String name = compressor.isEmpty() ? "plain" : compressor.replace("Compressor", "").toLowerCase();
      String options = compressor.isEmpty() ? "{'enabled': 'false'}" : "{'class': '" + compressor + "', 'chunk_length_in_kb': '4'}";
      String create = "CREATE TABLE old." + name + " (pk text, ck1 int, ck2 text, s text static, v text, m map<text, int>, l frozen<list<int>>, st set<text>, PRIMARY KEY (pk, ck1, ck2)) WITH CLUSTERING ORDER BY (ck1 DESC, ck2 ASC) AND compression = " + options;
      String directory = to + "/" + name;
      table(directory, create, "INSERT INTO old." + name + " (pk, ck1, ck2, s, v, m, l, st) VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1500000000000001", writer -> {
        for (int i = 0; i < 30; ++i) {
          Map<String, Integer> m = new TreeMap<>();
          for (int j = 0; j < i % 3; ++j) m.put("k" + j, i * j);
          if (i % 7 == 3) m = null;
          writer.addRow("p" + i % 4, i, i % 2 == 0 ? "" : "c" + i, "static" + i % 4, i % 5 == 2 ? null : "value " + i, m, Arrays.asList(i, i + 1), new TreeSet<>(Arrays.asList("x" + i)));
        }
      });
      table(directory, create, "UPDATE old." + name + " USING TIMESTAMP 1500000000000002 AND TTL 2000000 SET v = ?, m['ttl'] = ? WHERE pk = ? AND ck1 = ? AND ck2 = ?", writer -> {
        for (int i = 0; i < 5; ++i) writer.addRow("expiring " + i, i, "p1", i, "c" + i);
      });
      table(directory, create, "INSERT INTO old." + name + " (pk, ck1, ck2, v) VALUES (?, ?, ?, ?) USING TIMESTAMP 1500000000000006", writer -> {
        for (int i = 0; i < 400; ++i) {
          StringBuilder filler = new StringBuilder();
          while (filler.length() < 500) filler.append("wide ").append(i % 7).append(' ');
          writer.addRow("wide", i, "c", filler.toString());
        }
      });
    }
    table(to + "/kinds",
      "CREATE TABLE old.kinds (pk int PRIMARY KEY, a ascii, b bigint, c blob, d boolean, f decimal, g double, i inet, j int, k smallint, l text, n timestamp, p tinyint, q uuid, r varint, s float, t tuple<int, text>)",
      "INSERT INTO old.kinds (pk, a, b, c, d, f, g, i, j, k, l, n, p, q, r, s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1500000000000007",
      writer -> writer.addRow(1, "asc", 123456789012L, bytes(1, 2, 255), true, new BigDecimal("12.345"), 3.25, InetAddress.getByName("127.0.0.1"), 42, (short) 7, "text", new Date(1609556645678L), (byte) 3, UUID.fromString("123e4567-e89b-12d3-a456-426614174000"), new BigInteger("123456789012345678901234567890"), 1.5f));
    System.out.println("written");
    System.exit(0);
  }
}
