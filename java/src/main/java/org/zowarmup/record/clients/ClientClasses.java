package org.zowarmup.record.clients;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Federation;
import org.zowarmup.record.file.AtomicFile;

/**
 * What each client has, for a picture of the partition: {@code partition.csv}, of the first seed.
 *
 * @param perClass images of each class, those that are held back included
 */
public record ClientClasses(int client, boolean high, int[] perClass) {
  /** Of more clients no picture is made. */
  public static final int MOST = 2000;

  /** And of more counts, of so many clients and classes, neither. */
  private static final long MOST_COUNTS = 1_000_000;

  /** Writes a line a client; nothing where there are too many for a picture. */
  public static void write(Path file, Federation federation, int[] labels, int classes) {
    int clients = federation.clients().size();
    if (clients > MOST || (long) clients * classes > MOST_COUNTS) {
      return;
    }
    StringBuilder text = new StringBuilder("client,class");
    for (int c = 0; c < classes; c++) {
      text.append(",n").append(c);
    }
    text.append('\n');
    for (Client client : federation.clients()) {
      int[] counts = new int[classes];
      for (int i : client.train()) {
        counts[labels[i]]++;
      }
      for (int i : client.validation()) {
        counts[labels[i]]++;
      }
      text.append(client.id()).append(',').append(client.type().word());
      Arrays.stream(counts).forEach(n -> text.append(',').append(n));
      text.append('\n');
    }
    AtomicFile.writeText(file, text.toString());
  }

  /** The clients of a file; none where it is missing. */
  public static List<ClientClasses> read(Path file) {
    List<ClientClasses> all = new ArrayList<>();
    if (!Files.exists(file)) {
      return all;
    }
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      for (String line : lines.subList(1, lines.size())) {
        String[] cells = line.split(",", -1);
        int[] counts = Arrays.stream(cells, 2, cells.length).mapToInt(Integer::parseInt).toArray();
        boolean like = all.isEmpty() || all.get(0).perClass().length == counts.length;
        if (counts.length == 0 || !like || Arrays.stream(counts).anyMatch(count -> count < 0)) {
          throw new IllegalArgumentException(line);
        }
        boolean high = Client.Type.of(cells[1]) == Client.Type.HIGH;
        all.add(new ClientClasses(Integer.parseInt(cells[0]), high, counts));
      }
      return all;
    } catch (CharacterCodingException e) {
      throw new BadDataException(
          file, "", "lines of client,class,n0,n1,...", "bytes that are not UTF-8");
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new BadDataException(
          file, "", "lines of client,class,n0,n1,...", String.valueOf(e.getMessage()));
    }
  }
}
