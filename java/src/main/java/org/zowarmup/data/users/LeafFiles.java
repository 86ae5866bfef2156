package org.zowarmup.data.users;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;

/**
 * The JSON files of LEAF (Caldas et al. 2018, arXiv 1812.01097): {@code users}, {@code num_samples}
 * and {@code user_data}, which has lists {@code x} of images as pixels from 0 to 1 and {@code y} of
 * labels for each user. Read as streams, twice: to count, then to store.
 */
public final class LeafFiles {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path source;
  private final List<Path> files;

  /** Pixels of an image, 0 before the first. */
  private int imageValues;

  private long images;
  private UserImages stored;

  private LeafFiles(Path source, List<Path> files) {
    this.source = source;
    this.files = files;
  }

  public static DataSet load(Path source, List<Path> trainFiles, List<Path> testFiles) {
    UserImages train = new LeafFiles(source, trainFiles).read();
    UserImages test = null;
    DataSet both = null;
    try {
      test = new LeafFiles(source, testFiles).read();
      both = UserImages.dataSet(source.toString(), train, test);
      return both;
    } finally {
      if (both == null) {
        train.close();
        if (test != null) {
          test.close();
        }
      }
    }
  }

  private UserImages read() {
    files.forEach(this::pass);
    int side = (int) Math.round(Math.sqrt(imageValues));
    int colourSide = (int) Math.round(Math.sqrt(imageValues / 3.0));
    boolean gray = side * side == imageValues;
    if (!gray && colourSide * colourSide * 3 != imageValues) {
      throw new BadDataException(
          source, "", "square images, for example of 784 pixels", imageValues + " values");
    }
    stored =
        gray
            ? new UserImages(source.toString(), images, side, side, 1)
            : new UserImages(source.toString(), images, colourSide, colourSide, 3);
    boolean done = false;
    try {
      files.forEach(this::pass);
      done = true;
      return stored;
    } finally {
      if (!done) {
        stored.close();
      }
    }
  }

  private void pass(Path file) {
    try (InputStream in = FileBytes.stream(file);
        JsonParser json = JSON.createParser(in)) {
      require(file, json, json.nextToken(), JsonToken.START_OBJECT, "an object with user_data");
      boolean found = false;
      List<String> listed = new ArrayList<>();
      Set<String> seen = new HashSet<>();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (name.equals("user_data")) {
          require(file, json, value, JsonToken.START_OBJECT, "an object with an entry a user");
          while (json.nextToken() == JsonToken.FIELD_NAME) {
            seen.add(json.currentName());
            user(file, json);
          }
          found = true;
        } else if (name.equals("users") && value == JsonToken.START_ARRAY) {
          while (json.nextToken() == JsonToken.VALUE_STRING) {
            listed.add(json.getText());
          }
        } else {
          json.skipChildren();
        }
      }
      if (!found) {
        throw new BadDataException(file, "", "the key user_data, as in LEAF's files", "none");
      }
      requireListed(file, listed, seen);
    } catch (JacksonException e) {
      throw new BadDataException(file, at(e.getLocation()), "JSON as LEAF writes it", problem(e));
    } catch (IOException e) {
      throw new BadDataException(file, "", "a readable file", ByteSource.reason(e));
    }
  }

  /** Without the library's advice on its own settings. */
  private static String problem(JacksonException e) {
    return e.getOriginalMessage().replaceAll("(?s)[:;(]?\\s*(enable `|\\(?Source:|\\(`).*", "");
  }

  /** A list of users that is not the one of their data is of another file, or of a part of one. */
  private static void requireListed(Path file, List<String> listed, Set<String> seen) {
    Set<String> once = new HashSet<>();
    for (String user : listed) {
      if (!once.add(user) || !seen.contains(user)) {
        throw new BadDataException(
            file,
            "users",
            "every user once, and with data in user_data",
            ByteSource.printable(user, 60) + (seen.contains(user) ? " twice" : " without data"));
      }
    }
  }

  private static String at(JsonLocation location) {
    return "line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
  }

  /** One user's {@code {"x": [[...], ...], "y": [...]}}, in any order. */
  private void user(Path file, JsonParser json) throws IOException {
    String user = json.currentName();
    String where = "user " + ByteSource.printable(user, 60);
    if (stored != null) {
      stored.user(user);
    }
    require(file, json, json.nextToken(), JsonToken.START_OBJECT, where + ": x and y");
    int count = -1;
    int first = -1;
    int lists = 0;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      require(file, json, json.nextToken(), JsonToken.START_ARRAY, where + ": a list " + name);
      if (!name.equals("x") && !name.equals("y")) {
        json.skipChildren();
        continue;
      }
      int found =
          name.equals("x") ? images(file, json, where, first) : labels(file, json, where, first);
      if (count >= 0 && found != count) {
        throw new BadDataException(
            file, where, "as many labels y as images x", "%d and %d".formatted(count, found));
      }
      lists++;
      if (count < 0) {
        count = found;
        // The first list claimed its places one by one.
        first = stored == null ? -1 : claimed - found;
      }
    }
    if (lists != 2) {
      throw new BadDataException(
          file, where, "a list x of images and a list y of labels", "one of them");
    }
    images += stored == null ? count : 0;
  }

  /** Places claimed so far in the second pass. */
  private int claimed;

  /** The place of the next element of a list: claimed by the first list, known to the second. */
  private int place(int first, int index, String where) {
    if (first >= 0) {
      return first + index;
    }
    claimed++;
    return stored.claim(1, where);
  }

  private int images(Path file, JsonParser json, String where, int first) throws IOException {
    int count = 0;
    byte[] image = stored == null ? null : new byte[stored.imageBytes()];
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        throw new BadDataException(
            file,
            where,
            "images as lists of pixels",
            json.currentToken() == JsonToken.VALUE_STRING
                ? "text (%s): a set of text or of names of files, which is not read"
                    .formatted(ByteSource.printable(json.getText(), 30))
                : json.getText());
      }
      int values = 0;
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (!json.currentToken().isNumeric()) {
          throw new BadDataException(file, where, "pixels as numbers", json.getText());
        }
        if (image != null && values < image.length) {
          image[values] = stored.level(json.getDoubleValue(), where);
        }
        values++;
      }
      imageValues = imageValues == 0 ? values : imageValues;
      if (values != imageValues) {
        throw new BadDataException(file, where, imageValues + " pixels an image", "" + values);
      }
      if (image != null) {
        stored.pixels(place(first, count, where), image);
      }
      count++;
    }
    return count;
  }

  private int labels(Path file, JsonParser json, String where, int first) throws IOException {
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      double label = json.currentToken().isNumeric() ? json.getDoubleValue() : Double.NaN;
      if (label != Math.rint(label)) {
        throw new BadDataException(file, where, "labels as whole numbers", json.getText());
      }
      if (stored != null) {
        stored.label(place(first, count, where), (long) label, where);
      }
      count++;
    }
    return count;
  }

  private static void require(
      Path file, JsonParser json, JsonToken found, JsonToken expected, String what)
      throws IOException {
    if (found != expected) {
      throw new BadDataException(
          file, at(json.currentTokenLocation()), what, found == null ? "the end" : json.getText());
    }
  }
}
