/**
 * Data sets: their sources, found by {@link java.util.ServiceLoader}, normalisation and checksums.
 *
 * <p>Images are uint8 and live once, off the Java heap, as {@code [N,H,W,C]}; a client's share is
 * an array of sample indices, dealt out in {@code partition}.
 */
package org.zowarmup.data;
