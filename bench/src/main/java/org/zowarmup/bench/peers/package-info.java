/** ZOWarmUp beside other libraries in one process: timed in turn, and reported. */
package org.zowarmup.bench.peers;
