/**
 * A converted copy of a data set in one file, laid out as it lies in memory: opened by mapping it,
 * whatever form and size the original has.
 */
package org.zowarmup.data.cache;
