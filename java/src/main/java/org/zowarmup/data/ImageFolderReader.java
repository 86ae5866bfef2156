package org.zowarmup.data;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.error.BadDataException;

/**
 * Decodes the files of a folder in parallel into one off-heap buffer. Chunks of files go through
 * one decoder and one byte array each; nothing per image stays on the heap.
 */
final class ImageFolderReader {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int CHUNK_FILES = 256;

  private final List<Path> files;
  private final ImageFormat format;
  private final BytePointer pixels;

  /** Why a chunk ended early; without a reason, an image has colour and the format has not. */
  private record Stop(BadDataException reason) {}

  private ImageFolderReader(List<Path> files, ImageFormat format, BytePointer pixels) {
    this.files = files;
    this.format = format;
    this.pixels = pixels;
  }

  /**
   * @return [N,H,W,C] uint8 in the order of the files; empty if the format is grayscale and an
   *     image has colour
   * @throws BadDataException for the first file, in order, that cannot be decoded or has another
   *     size than {@code format}
   */
  static Optional<ImageSet> read(ClassFolders folders, ImageFormat format) {
    List<Path> files = folders.files();
    BytePointer pixels = new BytePointer((long) files.size() * format.bytes());
    boolean done = false;
    try {
      Optional<Stop> stop = new ImageFolderReader(files, format, pixels).readAll();
      if (stop.isPresent()) {
        if (stop.get().reason() != null) {
          throw stop.get().reason();
        }
        return Optional.empty();
      }
      ImageSet set =
          new ImageSet(
              pixels,
              format.height(),
              format.width(),
              format.channels(),
              folders.labels(),
              folders.classNames());
      done = true;
      return Optional.of(set);
    } finally {
      if (!done) {
        pixels.close();
      }
    }
  }

  private Optional<Stop> readAll() {
    int chunk = CHUNK_BYTES / format.bytes();
    int chunkFiles = chunk < 1 ? 1 : chunk > CHUNK_FILES ? CHUNK_FILES : chunk;
    int chunks = (files.size() - 1) / chunkFiles + 1;
    // findFirst keeps the order of the chunks, so the same folder always names the same file.
    return IntStream.range(0, chunks)
        .parallel()
        .mapToObj(i -> readChunk(i * chunkFiles, chunkFiles))
        .filter(Objects::nonNull)
        .findFirst();
  }

  /** Null when all files of the chunk are in the buffer. */
  private Stop readChunk(int from, int chunkFiles) {
    int count = files.size() - from < chunkFiles ? files.size() - from : chunkFiles;
    byte[] decoded = new byte[count * format.bytes()];
    PixelCopier copier = new PixelCopier();
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int i = 0; i < count; i++) {
        Path file = files.get(from + i);
        BufferedImage image = decoder.decode(file, format);
        if (format.channels() == 1 && !PixelCopier.isGray(image)) {
          return new Stop(null);
        }
        copier.copy(file, image, format.channels(), decoded, i * format.bytes());
      }
    } catch (BadDataException e) {
      return new Stop(e);
    }
    synchronized (pixels) { // put goes by the pointer's position, which all threads share
      pixels.position((long) from * format.bytes()).put(decoded, 0, decoded.length);
      pixels.position(0);
    }
    return null;
  }
}
