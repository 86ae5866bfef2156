package org.zowarmup.record.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.SeedUpdate;
import org.zowarmup.random.Distribution;
import org.zowarmup.random.Purpose;

/** Bytes of a seed log's header and records; docs/seed-log.md describes them. */
final class SeedLogCodec {
  /** "ZOSEEDS" and the version of the format. */
  static final byte[] MAGIC = {'Z', 'O', 'S', 'E', 'E', 'D', 'S', 1};

  /** Length and checksum in front of a record's payload. */
  static final int FRAME_BYTES = 8;

  /** No record is longer: 100 million probes of 4 bytes, and room for a million clients. */
  static final int MAX_PAYLOAD_BYTES = 500_000_000;

  private static final int DENSE = 0;
  private static final int SEEDS = 1;

  private SeedLogCodec() {}

  static byte[] header(SeedLog.Header header) {
    byte[] method = header.method().getBytes(StandardCharsets.UTF_8);
    byte[] layout = HexFormat.of().parseHex(header.layoutHash());
    byte[] run = HexFormat.of().parseHex(header.run());
    ByteBuffer payload =
        ByteBuffer.allocate(8 + 2 + layout.length + 2 + method.length + 2 + run.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.runSeed())
            .putShort((short) layout.length)
            .put(layout)
            .putShort((short) method.length)
            .put(method)
            .putShort((short) run.length)
            .put(run);
    byte[] framed = frame(payload.array());
    ByteBuffer all = ByteBuffer.allocate(MAGIC.length + framed.length);
    return all.put(MAGIC).put(framed).array();
  }

  /** IllegalArgumentException where the bytes are no header. */
  static SeedLog.Header header(ByteBuffer payload) {
    long seed;
    byte[] layout;
    byte[] method;
    byte[] run;
    try {
      seed = payload.getLong();
      layout = new byte[Short.toUnsignedInt(payload.getShort())];
      payload.get(layout);
      method = new byte[Short.toUnsignedInt(payload.getShort())];
      payload.get(method);
      // logs of older versions end here
      run = new byte[payload.hasRemaining() ? Short.toUnsignedInt(payload.getShort()) : 0];
      payload.get(run);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a header that ends too early", e);
    }
    return new SeedLog.Header(
        new String(method, StandardCharsets.UTF_8),
        seed,
        HexFormat.of().formatHex(layout),
        HexFormat.of().formatHex(run));
  }

  /** [length u32, CRC-32C of the payload u32, payload]. */
  static byte[] frame(byte[] payload) {
    return ByteBuffer.allocate(FRAME_BYTES + payload.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(payload.length)
        .putInt(checksum(payload))
        .put(payload)
        .array();
  }

  static int checksum(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload);
    return (int) crc.getValue();
  }

  static byte[] payload(SeedLog.Round round) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    number(out, round.round());
    number(out, round.roundOfPhase());
    if (round.update().isEmpty()) {
      out.write(DENSE);
    } else {
      out.write(SEEDS);
      update(out, round.round(), round.update().get());
    }
    ledger(out, round.ledger());
    return out.toByteArray();
  }

  /** IllegalArgumentException where the bytes are no record. */
  static SeedLog.Round round(byte[] payload) {
    ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
    try {
      int round = count(in);
      int roundOfPhase = count(in);
      int kind = in.get();
      Optional<SeedUpdate> update =
          switch (kind) {
            case DENSE -> Optional.empty();
            case SEEDS -> Optional.of(update(in, round));
            default -> throw new IllegalArgumentException("record of kind " + kind);
          };
      SeedLog.Round read = new SeedLog.Round(round, roundOfPhase, update, ledger(in));
      if (in.hasRemaining()) {
        throw new IllegalArgumentException(in.remaining() + " bytes too many in a record");
      }
      return read;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a record that ends too early", e);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("a record of numbers that are too large", e);
    }
  }

  private static void update(ByteArrayOutputStream out, int round, SeedUpdate update) {
    out.write(update.distribution().code());
    number(out, update.blocks().size());
    for (SeedUpdate.Block block : update.blocks()) {
      out.write(block.purpose().code());
      signed(out, (long) block.round() - round);
      signed(out, block.owner());
      number(out, block.firstIndex());
      number(out, block.coefficients().length);
      ByteBuffer floats =
          ByteBuffer.allocate(block.coefficients().length * Float.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN);
      floats.asFloatBuffer().put(block.coefficients());
      out.writeBytes(floats.array());
    }
  }

  private static SeedUpdate update(ByteBuffer in, int round) {
    int code = in.get();
    Distribution distribution =
        Arrays.stream(Distribution.values())
            .filter(d -> d.code() == code)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("distribution " + code));
    int blocks = count(in);
    List<SeedUpdate.Block> read = new ArrayList<>();
    for (int b = 0; b < blocks; b++) {
      int purposeCode = in.get();
      Purpose purpose =
          Arrays.stream(Purpose.values())
              .filter(p -> p.code() == purposeCode)
              .findFirst()
              .orElseThrow(() -> new IllegalArgumentException("purpose " + purposeCode));
      int ofRound = Math.toIntExact(round + signed(in));
      int owner = Math.toIntExact(signed(in));
      int firstIndex = count(in);
      int count = count(in);
      if ((long) count * Float.BYTES > in.remaining()) {
        throw new IllegalArgumentException("a block of " + count + " coefficients");
      }
      float[] coefficients = new float[count];
      in.asFloatBuffer().get(coefficients);
      in.position(in.position() + count * Float.BYTES);
      read.add(new SeedUpdate.Block(purpose, ofRound, owner, firstIndex, coefficients));
    }
    return new SeedUpdate(distribution, read);
  }

  /** Versions; then the clients that are up to date, as differences of ids; then the others. */
  private static void ledger(ByteArrayOutputStream out, Books.Change ledger) {
    number(out, ledger.denseVersion());
    number(out, ledger.terms());
    List<Books.Held> current = ledger.clients().stream().filter(ledger::isCurrent).toList();
    List<Books.Held> others =
        ledger.clients().stream().filter(entry -> !ledger.isCurrent(entry)).toList();
    number(out, current.size());
    int last = 0;
    for (Books.Held entry : current) {
      signed(out, entry.client() - last);
      last = entry.client();
    }
    number(out, others.size());
    for (Books.Held entry : others) {
      number(out, entry.client());
      number(out, entry.denseVersion());
      number(out, entry.terms());
    }
  }

  private static Books.Change ledger(ByteBuffer in) {
    long dense = number(in);
    long terms = number(in);
    List<Books.Held> entries = new ArrayList<>();
    int current = count(in);
    int last = 0;
    for (int i = 0; i < current; i++) {
      last = Math.toIntExact(last + signed(in));
      entries.add(new Books.Held(last, dense, terms));
    }
    int others = count(in);
    for (int i = 0; i < others; i++) {
      entries.add(new Books.Held(count(in), number(in), number(in)));
    }
    return new Books.Change(dense, terms, entries);
  }

  /** Seven bits a byte, the lowest first, the eighth bit set where more follow (LEB128). */
  private static void number(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static long number(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int bits = in.get();
      value |= (long) (bits & 0x7F) << shift;
      if (bits >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }

  private static int count(ByteBuffer in) {
    long value = number(in);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a count of " + value);
    }
    return (int) value;
  }

  /** The sign in the lowest bit. */
  private static void signed(ByteArrayOutputStream out, long value) {
    number(out, (value << 1) ^ (value >> 63));
  }

  private static long signed(ByteBuffer in) {
    long bits = number(in);
    return (bits >>> 1) ^ -(bits & 1);
  }
}
