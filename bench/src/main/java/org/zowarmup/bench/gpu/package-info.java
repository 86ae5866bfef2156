/** The program's own part of {@code bench/gpu/check}: parity, determinism and throughput. */
package org.zowarmup.bench.gpu;
