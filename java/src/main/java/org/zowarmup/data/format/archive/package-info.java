/**
 * Zip and tar archives read member by member, without trust in what they say: nothing is written to
 * disk, and what a member may grow to is bounded.
 */
package org.zowarmup.data.format.archive;
