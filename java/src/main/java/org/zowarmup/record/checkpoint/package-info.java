/**
 * Files by which a run can be resumed after it was killed, and be replayed: checkpoints and the
 * seed log, whose format is in docs/seed-log.md.
 */
package org.zowarmup.record.checkpoint;
