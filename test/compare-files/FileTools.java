// Cassandra's own tools over SSTables in one process that stays: a start of the JVM for every file would take
// most of a run. A line of standard input is a command, its words apart by tabs; the answer is a line with
// "ok" or "failed" and the count of bytes that follow.
//   export FILE…                       SSTableExport (a JSON array a file)
//   metadata FILE                      SSTableMetadataViewer
//   rows FILE                          what makes each row of a file be there; the grammar stands at storedRows
//   flush KEYSPACE                     of the server at the JMX port that is the program's argument
//   compact KEYSPACE
//   import KEYSPACE TABLE DIRECTORY    nodetool import with extended verification; answers what it refused
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.Permission;
import java.util.List;
import java.util.Set;
import org.apache.cassandra.db.Clustering;
import org.apache.cassandra.db.DeletionTime;
import org.apache.cassandra.db.LivenessInfo;
import org.apache.cassandra.db.filter.ColumnFilter;
import org.apache.cassandra.db.rows.Cell;
import org.apache.cassandra.db.rows.RangeTombstoneMarker;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.db.rows.Unfiltered;
import org.apache.cassandra.db.rows.UnfilteredRowIterator;
import org.apache.cassandra.io.sstable.Descriptor;
import org.apache.cassandra.io.sstable.ISSTableScanner;
import org.apache.cassandra.io.sstable.format.SSTableReader;
import org.apache.cassandra.io.util.File;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.schema.TableMetadataRef;
import org.apache.cassandra.tools.NodeProbe;
import org.apache.cassandra.tools.SSTableExport;
import org.apache.cassandra.tools.SSTableMetadataViewer;
import org.apache.cassandra.tools.Util;
import org.apache.cassandra.utils.ByteBufferUtil;

public class FileTools {
  /** The tools end the process when they are done; here that ends the command alone. */
  private static final class Exit extends SecurityException {
    final int status;

    Exit(int status) {
      this.status = status;
    }
  }

  private interface Tool {
    void run() throws Exception;
  }

  private static final PrintStream ANSWERS = System.out;

  public static void main(String[] arguments) throws Exception {
    System.setSecurityManager(
        new SecurityManager() {
          @Override
          public void checkExit(int status) {
            throw new Exit(status);
          }

          @Override
          public void checkPermission(Permission permission) {}
        });
    try (NodeProbe probe = new NodeProbe("127.0.0.1", Integer.parseInt(arguments[0]))) {
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split("\t");
        answer(() -> run(probe, words));
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static void run(NodeProbe probe, String[] words) throws Exception {
    switch (words[0]) {
      case "export":
        for (int i = 1; i < words.length; ++i) {
          String file = words[i];
          ended(() -> SSTableExport.main(new String[] {file, "-t"}));
        }
        break;
      case "metadata":
        ended(() -> SSTableMetadataViewer.main(new String[] {words[1]}));
        break;
      case "rows":
        storedRows(words[1]);
        break;
      case "flush":
        probe.forceKeyspaceFlush(words[1]);
        break;
      case "compact":
        probe.forceKeyspaceCompaction(false, words[1]);
        break;
      case "import":
        List<String> refused =
            probe.importNewSSTables(
                words[1], words[2], Set.of(words[3]), false, false, true, false, false, true, true, false, false);
        refused.forEach(System.out::println);
        break;
      default:
        throw new IllegalArgumentException("no command " + words[0]);
    }
  }

  /**
   * A line a row that is not static, what a deletion covers left out: its partition key and its clusterings in
   * hexadecimal ("null" for none), its liveness, then its cells that are no tombstones, all apart by tabs. A
   * liveness or a cell is the name of its column (empty for a liveness), its timestamp and the second in which it
   * expires ("never"), apart by commas; a row without liveness has "none" in its place.
   */
  private static void storedRows(String file) throws Exception {
    Descriptor descriptor = Descriptor.fromFileWithComponent(new File(file)).left;
    TableMetadata metadata = Util.metadataFromSSTable(descriptor);
    SSTableReader sstable = SSTableReader.openNoValidation(null, descriptor, TableMetadataRef.forOfflineTools(metadata));
    try (ISSTableScanner partitions = sstable.getScanner()) {
      while (partitions.hasNext()) {
        try (UnfilteredRowIterator partition = partitions.next()) {
          storedRows(partition, metadata);
        }
      }
    } finally {
      sstable.selfRef().release();
    }
  }

  private static void storedRows(UnfilteredRowIterator partition, TableMetadata metadata) {
    DeletionTime whole = partition.partitionLevelDeletion();
    DeletionTime range = DeletionTime.LIVE;
    while (partition.hasNext()) {
      Unfiltered next = partition.next();
      if (next.isRangeTombstoneMarker()) {
        RangeTombstoneMarker marker = (RangeTombstoneMarker) next;
        range = marker.isOpen(false) ? marker.openDeletionTime(false) : DeletionTime.LIVE;
        continue;
      }
      DeletionTime covering = range.supersedes(whole) ? range : whole;
      Row row = ((Row) next).filter(ColumnFilter.all(metadata), covering, false, metadata);
      if (row == null) continue;
      StringBuilder line = new StringBuilder(ByteBufferUtil.bytesToHex(partition.partitionKey().getKey()));
      Clustering<?> clustering = row.clustering();
      for (int i = 0; i < clustering.size(); ++i) {
        line.append('\t').append(clustering.get(i) == null ? "null" : ByteBufferUtil.bytesToHex(clustering.bufferAt(i)));
      }
      LivenessInfo liveness = row.primaryKeyLivenessInfo();
      line.append('\t');
      if (liveness.isEmpty()) line.append("none");
      else line.append(written("", liveness.timestamp(), liveness.isExpiring(), liveness.localExpirationTime()));
      for (Cell<?> cell : row.cells()) {
        if (cell.isTombstone()) continue;
        String name = cell.column().name.toString();
        line.append('\t').append(written(name, cell.timestamp(), cell.isExpiring(), cell.localDeletionTime()));
      }
      System.out.println(line);
    }
  }

  private static String written(String column, long timestamp, boolean expiring, long expiresAt) {
    return column + "," + timestamp + "," + (expiring ? String.valueOf(expiresAt) : "never");
  }

  private static void ended(Tool tool) throws Exception {
    try {
      tool.run();
    } catch (Exit exit) {
      if (exit.status != 0) throw new IllegalStateException("ended with status " + exit.status);
    }
  }

  private static void answer(Tool tool) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out =
        new PrintStream(bytes, true, StandardCharsets.UTF_8) {
          @Override
          public void close() { // a tool closes what it wrote to; its error comes behind
            flush();
          }
        };
    System.setOut(out);
    System.setErr(out);
    boolean done = true;
    try {
      tool.run();
    } catch (Throwable failure) {
      failure.printStackTrace(out);
      done = false;
    }
    out.flush();
    ANSWERS.println((done ? "ok " : "failed ") + bytes.size());
    ANSWERS.writeBytes(bytes.toByteArray());
    ANSWERS.flush();
  }
}
