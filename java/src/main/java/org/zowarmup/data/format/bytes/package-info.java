/**
 * Bytes in files and in members of files: where they lie, how to read them, how to name them; and
 * memory for resident data sets off the Java heap, with the few native passes over it that loading
 * needs. The only part of {@code data} that calls native code.
 */
package org.zowarmup.data.format.bytes;
