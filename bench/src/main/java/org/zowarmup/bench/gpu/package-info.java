/** What {@code bench/gpu/check} runs of the program itself: parity, determinism and throughput. */
package org.zowarmup.bench.gpu;
