/**
 * Zip and tar archives read member by member, without trust in what they say: what a member may
 * grow to is bounded, and no path leads out of the folder that it is unpacked to.
 */
package org.zowarmup.data.format.archive;
