package org.zowarmup.bench.peers;

import java.util.Map;
import java.util.function.IntFunction;

/**
 * One way of doing an operation.
 *
 * @param variants by name, of which the fastest is taken; each makes a side for so many threads
 */
public record Way(String name, Map<String, IntFunction<Side>> variants) {}
