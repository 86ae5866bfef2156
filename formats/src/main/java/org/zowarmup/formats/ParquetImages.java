package org.zowarmup.formats;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.format.bytes.Unread;
import org.zowarmup.data.image.ImageFiles;
import org.zowarmup.error.BadDataException;

/**
 * Image files in Parquet as Hugging Face's datasets writes them: a struct of {@code bytes} and
 * {@code path}, and a whole number as label, whose names the file's metadata may have. Read row
 * group by row group, so that a few hundred encoded images are in memory at a time.
 */
final class ParquetImages implements ImageFiles {
  private static final List<String> LABELS =
      List.of("label", "labels", "fine_label", "target", "class");
  private static final int MAGIC_BYTES = 4;
  private static final int ROWS_AT_ONCE = 4096;
  private static final long BYTES_AT_ONCE = 1 << 26;
  private static final String EXPECTED =
      "a column of images (a struct with bytes) and one of labels (label, labels, fine_label,"
          + " target or class; whole numbers)";

  private final Path source;
  private final List<Path> trainFiles;
  private final List<Path> testFiles;
  private final int[] trainLabels;
  private final int[] testLabels;
  private final List<String> classNames;
  private byte[] example;

  /** The two columns of a file. */
  private record Columns(
      MessageType wanted, ColumnDescriptor bytes, ColumnDescriptor label, List<String> names) {}

  /** Takes a row; null content where the image was not asked for. */
  private interface Row {
    /** Returns whether more rows are wanted. */
    boolean take(byte[] imageOrNull, long label);
  }

  ParquetImages(Path source, List<Path> trainFiles, List<Path> testFiles) {
    this.source = source;
    this.trainFiles = trainFiles;
    this.testFiles = testFiles;
    this.trainLabels = labels(trainFiles);
    this.testLabels = labels(testFiles);
    int classes =
        IntStream.concat(Arrays.stream(trainLabels), Arrays.stream(testLabels)).max().orElse(0) + 1;
    List<String> named = names(trainFiles.get(0));
    for (Path file : Stream.concat(trainFiles.stream(), testFiles.stream()).toList()) {
      List<String> its = names(file);
      if (!its.equals(named)) {
        throw new BadDataException(
            file, "", "the class names of " + trainFiles.get(0) + ": " + named, its + "");
      }
    }
    if (!named.isEmpty() && named.size() < classes) {
      throw new BadDataException(
          trainFiles.get(0), "", "labels from 0 to " + (named.size() - 1), "" + (classes - 1));
    }
    this.classNames =
        named.isEmpty()
            ? IntStream.range(0, classes).mapToObj(String::valueOf).toList()
            : List.copyOf(named);
  }

  /** Names of the classes, as the file's metadata have them. */
  private static List<String> names(Path file) {
    List<String> named = new ArrayList<>();
    read(file, false, (image, label) -> false, named);
    return named;
  }

  private static int[] labels(List<Path> files) {
    IntStream.Builder labels = IntStream.builder();
    for (Path file : files) {
      read(
          file,
          false,
          (image, label) -> {
            if (label < 0 || label > 1 << 16) {
              throw new BadDataException(
                  file, "label", "labels from 0 on (-1 means that there are none)", "" + label);
            }
            labels.add((int) label);
            return true;
          },
          null);
    }
    return labels.build().toArray();
  }

  private static BadDataException unreadable(Path file, Exception e) {
    return new BadDataException(file, "", "an intact Parquet file", String.valueOf(e.getMessage()));
  }

  /** The library names itself and its parts where a file is cut or something else. */
  private static void requireParquet(Path file) {
    byte[] ends = new byte[Unread.HEAD_BYTES];
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      long size = bytes.length();
      byte[] head = Arrays.copyOf(ends, (int) Math.min(size, ends.length));
      bytes.readFully(head);
      if (!FileBytes.startsWith(head, 'P', 'A', 'R', '1')) {
        String known = head.length == 0 ? "an empty file" : Unread.describe(head);
        throw new BadDataException(
            file, "", "a Parquet file", known.isEmpty() ? "another kind of file" : known);
      }
      byte[] tail = new byte[MAGIC_BYTES];
      bytes.seek(size - MAGIC_BYTES);
      bytes.readFully(tail);
      if (!FileBytes.startsWith(tail, 'P', 'A', 'R', '1')) {
        throw new BadDataException(
            file, "", "an intact Parquet file", "no footer at its end: it is truncated");
      }
    } catch (IOException e) {
      throw new BadDataException(file, "", "a readable file", ByteSource.reason(e));
    }
  }

  /** Hands over the rows of a file, in their order, as long as more are wanted. */
  private static void read(Path file, boolean images, Row row, List<String> namesOrNull) {
    requireParquet(file);
    ParquetReadOptions options =
        ParquetReadOptions.builder().withCodecFactory(new ParquetCodecs(file)).build();
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), options)) {
      FileMetaData about = reader.getFooter().getFileMetaData();
      Columns columns = columns(file, about, images);
      if (namesOrNull != null) {
        namesOrNull.addAll(columns.names);
        return;
      }
      reader.setRequestedSchema(columns.wanted);
      boolean more = true;
      for (PageReadStore pages = reader.readNextRowGroup();
          more && pages != null;
          pages = more ? reader.readNextRowGroup() : null) {
        more = rows(file, about, columns, pages, row);
      }
    } catch (BadDataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The library answers damaged files with many kinds of unchecked exception.
      throw unreadable(file, e);
    }
  }

  private static boolean rows(
      Path file, FileMetaData about, Columns columns, PageReadStore pages, Row row) {
    ColumnReadStoreImpl store =
        new ColumnReadStoreImpl(
            pages,
            new GroupRecordConverter(columns.wanted).getRootConverter(),
            columns.wanted,
            about.getCreatedBy());
    ColumnReader labels = store.getColumnReader(columns.label);
    ColumnReader images = columns.bytes == null ? null : store.getColumnReader(columns.bytes);
    boolean wide =
        columns.label.getPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.INT64;
    boolean more = true;
    for (long i = 0; more && i < pages.getRowCount(); i++) {
      requireValue(file, labels, columns.label, i);
      long label = wide ? labels.getLong() : labels.getInteger();
      labels.consume();
      byte[] image = null;
      if (images != null) {
        requireValue(file, images, columns.bytes, i);
        image = images.getBinary().getBytes();
        images.consume();
      }
      more = row.take(image, label);
    }
    return more;
  }

  private static void requireValue(
      Path file, ColumnReader reader, ColumnDescriptor column, long row) {
    if (reader.getCurrentDefinitionLevel() < column.getMaxDefinitionLevel()) {
      throw new BadDataException(
          file,
          "row %d of a row group, column %s".formatted(row, String.join(".", column.getPath())),
          "a value",
          "none (null); images kept as files beside the Parquet file are not read");
    }
  }

  private static Columns columns(Path file, FileMetaData about, boolean images) {
    MessageType schema = about.getSchema();
    GroupType image = null;
    Type label = null;
    for (Type field : schema.getFields()) {
      boolean holdsBytes =
          !field.isPrimitive()
              && field.asGroupType().containsField("bytes")
              && field.asGroupType().getType("bytes").isPrimitive();
      if (holdsBytes && image == null) {
        image = field.asGroupType();
      }
    }
    for (String name : LABELS) {
      if (label == null && schema.containsField(name) && isWhole(schema.getType(name))) {
        label = schema.getType(name);
      }
    }
    if (image == null || label == null) {
      throw new BadDataException(
          file,
          "",
          EXPECTED,
          "columns "
              + schema.getFields().stream().map(ParquetImages::shown).toList()
              + (image == null ? "" : advice(schema)));
    }
    List<Type> wanted = new ArrayList<>(List.of(label));
    if (images) {
      wanted.add(new GroupType(image.getRepetition(), image.getName(), image.getType("bytes")));
    }
    MessageType projection = new MessageType(schema.getName(), wanted);
    return new Columns(
        projection,
        images ? projection.getColumnDescription(new String[] {image.getName(), "bytes"}) : null,
        projection.getColumnDescription(new String[] {label.getName()}),
        names(about.getKeyValueMetaData().get("huggingface"), label.getName()));
  }

  private static String advice(MessageType schema) {
    return schema.getFields().stream()
        .filter(ParquetImages::isWhole)
        .findFirst()
        .map(
            field ->
                "; name the one of labels so: dataset.rename_column('%s', 'label')"
                    .formatted(field.getName()))
        .orElse("; number text with dataset.class_encode_column('label') and write it anew");
  }

  private static String shown(Type type) {
    return type.getName()
        + " of "
        + (type.isPrimitive()
            ? type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                ? "text or bytes"
                : type.asPrimitiveType().getPrimitiveTypeName()
            : type.asGroupType().getFields().stream().map(Type::getName).toList());
  }

  private static boolean isWhole(Type type) {
    if (!type.isPrimitive()) {
      return false;
    }
    PrimitiveTypeName name = type.asPrimitiveType().getPrimitiveTypeName();
    return name == PrimitiveTypeName.INT64 || name == PrimitiveTypeName.INT32;
  }

  /** From {@code {"info": {"features": {"label": {"names": [...]}}}}}. */
  private static List<String> names(String jsonOrNull, String label) {
    List<String> names = new ArrayList<>();
    if (jsonOrNull != null) {
      try {
        JsonNode features = JsonMapper.builder().build().readTree(jsonOrNull).at("/info/features");
        features.path(label).path("names").forEach(name -> names.add(name.asText()));
      } catch (JsonProcessingException e) {
        return List.of();
      }
    }
    return names;
  }

  @Override
  public String source() {
    return source.toString();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int[] trainLabels() {
    return trainLabels;
  }

  @Override
  public int[] testLabels() {
    return testLabels;
  }

  @Override
  public String exampleName() {
    return trainFiles.get(0) + ", row 0";
  }

  @Override
  public byte[] exampleContent() {
    if (example == null) {
      read(
          trainFiles.get(0),
          true,
          (image, label) -> {
            example = image;
            return false;
          },
          null);
    }
    return example;
  }

  @Override
  public Optional<Stop> decodeAll(int chunkFiles, Function<List<ImageFile>, Stop> decode) {
    Batch batch = new Batch(chunkFiles, decode);
    List<Path> all = new ArrayList<>(trainFiles);
    all.addAll(testFiles);
    for (Path file : all) {
      batch.file = file;
      batch.row = 0;
      if (batch.stop == null) {
        read(file, true, batch, null);
      }
    }
    batch.flush();
    return Optional.ofNullable(batch.stop);
  }

  /** Rows that wait to be decoded together, in parallel. */
  private static final class Batch implements Row {
    private final int chunkFiles;
    private final Function<List<ImageFile>, Stop> decode;
    private final List<ImageFile> waiting = new ArrayList<>();
    private Path file;
    private int row;
    private int number;
    private long bytes;
    private Stop stop;

    private Batch(int chunkFiles, Function<List<ImageFile>, Stop> decode) {
      this.chunkFiles = chunkFiles;
      this.decode = decode;
    }

    @Override
    public boolean take(byte[] image, long label) {
      waiting.add(new ImageFile(number++, file + ", row " + row++, () -> image));
      bytes += image.length;
      if (waiting.size() == ROWS_AT_ONCE || bytes > BYTES_AT_ONCE) {
        flush();
      }
      return stop == null;
    }

    private void flush() {
      int chunks = (waiting.size() + chunkFiles - 1) / chunkFiles;
      stop =
          stop != null
              ? stop
              : IntStream.range(0, chunks)
                  .parallel()
                  .mapToObj(
                      c ->
                          decode.apply(
                              waiting.subList(
                                  c * chunkFiles, Math.min(waiting.size(), (c + 1) * chunkFiles))))
                  .filter(Objects::nonNull)
                  .findFirst()
                  .orElse(null);
      waiting.clear();
      bytes = 0;
    }
  }
}
