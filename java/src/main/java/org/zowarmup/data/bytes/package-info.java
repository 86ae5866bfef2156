/** Bytes in files and in members of files: where they lie, how to read them, how to name them. */
package org.zowarmup.data.bytes;
