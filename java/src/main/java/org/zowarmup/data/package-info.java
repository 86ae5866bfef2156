/**
 * Data sets and who holds what of them: sources of images, normalisation, partitions over clients,
 * validation splits and the high-resource pool.
 *
 * <p>Images are uint8 and live once, off the Java heap, as {@code [N,H,W,C]}; a client's share is
 * an array of sample indices. New sources and partitions are found by {@link
 * java.util.ServiceLoader}.
 */
package org.zowarmup.data;
