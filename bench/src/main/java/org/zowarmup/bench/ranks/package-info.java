/** What it costs to share a run out to ranks. */
package org.zowarmup.bench.ranks;
