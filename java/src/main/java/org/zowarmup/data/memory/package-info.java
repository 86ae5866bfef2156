/**
 * Memory of resident data sets off the Java heap: anonymous or a file mapped, of any size, with the
 * few native passes over it that loading needs. The only part of {@code data} that calls native
 * code.
 */
package org.zowarmup.data.memory;
