/**
 * The networks of {@link org.zowarmup.bench.BenchModel} in PyTorch, built from the same flat
 * parameter buffer, and the two side by side. Not part of the default build: PyTorch is 88 MB.
 */
package org.zowarmup.bench.pytorch;
