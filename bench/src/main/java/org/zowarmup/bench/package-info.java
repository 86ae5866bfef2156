/**
 * Benchmarks through the public SPI: {@link org.zowarmup.bench.Main} runs them under JMH and prints
 * a table. A class here that is called a benchmark holds what is measured and nothing else.
 */
package org.zowarmup.bench;
