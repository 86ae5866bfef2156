/** Who may write into a folder: one process at a time, on file systems with and without locks. */
package org.zowarmup.record.lock;
