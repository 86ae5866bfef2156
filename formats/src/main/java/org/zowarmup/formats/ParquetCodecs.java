package org.zowarmup.formats;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.zowarmup.error.BadDataException;

/**
 * The compressions of Parquet that are read: the library's own that need no Hadoop, and gzip by the
 * JDK, for which the library would ask Hadoop.
 */
final class ParquetCodecs implements CompressionCodecFactory {
  private static final Set<CompressionCodecName> OF_THE_LIBRARY =
      Set.of(
          CompressionCodecName.UNCOMPRESSED,
          CompressionCodecName.SNAPPY,
          CompressionCodecName.ZSTD);

  private final Path file;
  private final CompressionCodecFactory library =
      ParquetReadOptions.builder().build().getCodecFactory();

  /**
   * @param file named in messages
   */
  ParquetCodecs(Path file) {
    this.file = file;
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    if (codec == CompressionCodecName.GZIP) {
      return new Gzip();
    }
    if (!OF_THE_LIBRARY.contains(codec)) {
      throw new BadDataException(
          file,
          "",
          "columns that are not compressed, or with snappy, zstd or gzip",
          "%s; write it anew: pyarrow.parquet.write_table(pyarrow.parquet.read_table(FILE), FILE2)"
              .formatted(codec));
    }
    return library.getDecompressor(codec);
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    throw new UnsupportedOperationException("Parquet files are only read");
  }

  @Override
  public void release() {
    library.release();
  }

  /** Pages of gzip. */
  private static final class Gzip implements BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput stored, int size) throws IOException {
      return BytesInput.from(unpack(stored.toByteArray(), size));
    }

    @Override
    public void decompress(ByteBuffer stored, int storedSize, ByteBuffer to, int size)
        throws IOException {
      byte[] bytes = new byte[storedSize];
      stored.get(bytes);
      to.put(unpack(bytes, size));
    }

    private static byte[] unpack(byte[] stored, int size) throws IOException {
      try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(stored))) {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length != size) {
          throw new EOFException("a page of %d bytes, not %d".formatted(bytes.length, size));
        }
        return bytes;
      }
    }

    @Override
    public void release() {}
  }
}
