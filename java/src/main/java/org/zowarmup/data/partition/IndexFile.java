package org.zowarmup.data.partition;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;
import org.zowarmup.plugin.Key;

/**
 * A partition made elsewhere: a JSON file {@code [[0, 17, 4], [3, 8], ...]} with the samples of
 * client 0, of client 1 and so on, counted from 0 in the order of the training set. A sample goes
 * to one client at most; samples that no list names stay unused.
 */
public record IndexFile(
    @Key("JSON file with one list of sample indices a client; required") String path)
    implements Partitioner {
  /** The defaults. */
  public IndexFile() {
    this(null);
  }

  @Override
  public String kind() {
    return "file";
  }

  @Override
  public int[][] partition(int[] labels, int classes, int clients, long runSeed) {
    Path file = file();
    int[][] lists = read(file, labels.length);
    if (lists.length != clients) {
      throw new ConfigException(
          "clients.count",
          "expected %d, the number of index lists in %s; found %d"
              .formatted(lists.length, file, clients));
    }
    return lists;
  }

  @Override
  public List<Path> files() {
    return List.of(file());
  }

  private Path file() {
    if (path == null || path.isBlank()) {
      throw new ConfigException(
          "data.partition.path",
          "expected a JSON file with one list of sample indices a client, such as [[0, 2], [1]];"
              + " found nothing");
    }
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      ConfigException failure =
          new ConfigException(
              "data.partition.path", "expected the name of a file, found " + e.getReason());
      failure.initCause(e);
      throw failure;
    }
  }

  private static int[][] read(Path file, int samples) {
    if (!Files.isRegularFile(file)) {
      String found = Files.exists(file) ? "a folder" : "no such file";
      throw new BadDataException(file, "", "a readable file", found);
    }
    int[] ownerOf = new int[samples];
    Arrays.fill(ownerOf, -1);
    List<int[]> lists = new ArrayList<>();
    try (JsonParser json = JsonMapper.builder().build().createParser(file.toFile())) {
      require(file, json, json.nextToken(), JsonToken.START_ARRAY, "a list of lists of indices");
      while (json.nextToken() != JsonToken.END_ARRAY) {
        require(file, json, json.currentToken(), JsonToken.START_ARRAY, "a client's list");
        lists.add(list(file, json, lists.size(), ownerOf));
      }
      require(file, json, json.nextToken(), null, "nothing after the lists");
    } catch (JacksonException e) {
      throw new BadDataException(
          file, at(e.getLocation()), "JSON such as [[0, 2], [1]]", e.getOriginalMessage());
    } catch (IOException e) {
      throw new BadDataException(file, "", "a readable file", e.toString());
    }
    return lists.toArray(int[][]::new);
  }

  private static int[] list(Path file, JsonParser json, int client, int[] ownerOf)
      throws IOException {
    IntStream.Builder list = IntStream.builder();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      require(
          file, json, json.currentToken(), JsonToken.VALUE_NUMBER_INT, "a sample's whole number");
      long sample = json.getLongValue();
      if (sample < 0 || sample >= ownerOf.length) {
        throw new BadDataException(
            file,
            at(json.currentTokenLocation()),
            "an index from 0 to %d (the training set has %d samples)"
                .formatted(ownerOf.length - 1, ownerOf.length),
            Long.toString(sample));
      }
      int other = ownerOf[(int) sample];
      if (other >= 0) {
        throw new BadDataException(
            file,
            at(json.currentTokenLocation()),
            "every sample once",
            "sample %d for client %d and again for client %d".formatted(sample, other, client));
      }
      ownerOf[(int) sample] = client;
      list.add((int) sample);
    }
    int[] indices = list.build().toArray();
    if (indices.length == 0) {
      throw new BadDataException(
          file,
          at(json.currentTokenLocation()),
          "at least one sample for every client",
          "none for client " + client);
    }
    return indices;
  }

  private static void require(
      Path file, JsonParser json, JsonToken found, JsonToken expected, String what)
      throws IOException {
    if (found != expected) {
      throw new BadDataException(
          file,
          at(json.currentTokenLocation()),
          what,
          found == null ? "the end of the file" : json.getText());
    }
  }

  private static String at(JsonLocation location) {
    return "line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
  }
}
