package org.zowarmup.data.batches;

import org.zowarmup.data.format.bytes.Payload;

/**
 * Images that lie one behind the other.
 *
 * @param payload where they lie
 * @param first bytes of the payload before the first image
 * @param stride bytes from one image to the next, at least an image
 * @param planar whether an image is stored plane by plane [C,H,W], else [H,W,C]
 * @param count how many they are
 */
public record PixelRun(Payload payload, long first, long stride, boolean planar, int count) {}
