/**
 * What a run keeps so that it can go on after it was killed, and be replayed: checkpoints and the
 * seed log, whose format stands in docs/seed-log.md.
 */
package org.zowarmup.record.checkpoint;
