package org.zowarmup.nn;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Where each parameter tensor lies in the one flat fp32 buffer. Every tensor starts at a multiple
 * of 128 elements, one Philox block; the padding between is zero and never perturbed. Since element
 * i of a perturbation is z(seed, i), the layout is part of what a run means: it has a version and a
 * hash.
 */
public final class ParameterLayout {
  /** Elements of one Philox block of signs. */
  public static final int ALIGNMENT = 128;

  /** Raised whenever the same graph would be laid out differently. */
  public static final int VERSION = 1;

  private final List<ParameterTensor> tensors;
  private final long length;
  private final long parameters;

  ParameterLayout(List<ParameterTensor> tensors) {
    this.tensors = List.copyOf(tensors);
    this.length = tensors.isEmpty() ? 0 : align(tensors.get(tensors.size() - 1).end());
    this.parameters = tensors.stream().mapToLong(ParameterTensor::size).sum();
  }

  static long align(long elements) {
    return (elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  public List<ParameterTensor> tensors() {
    return tensors;
  }

  /** Elements of the flat buffer, padding included; a multiple of {@link #ALIGNMENT}. */
  public long length() {
    return length;
  }

  /** d, the number of parameters; padding does not count. */
  public long parameters() {
    return parameters;
  }

  /** Start of every tensor, in order. */
  public long[] offsets() {
    return tensors.stream().mapToLong(ParameterTensor::offset).toArray();
  }

  /** Elements of every tensor, in order. */
  public long[] sizes() {
    return tensors.stream().mapToLong(ParameterTensor::size).toArray();
  }

  /** SHA-256 over version, names, offsets and shapes, in hexadecimal. */
  public String hash() {
    StringBuilder text = new StringBuilder("zowarmup-layout-v" + VERSION + "\n");
    for (ParameterTensor t : tensors) {
      text.append(t.name()).append(' ').append(t.offset()).append(' ').append(t.spec().shape());
      text.append('\n');
    }
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
