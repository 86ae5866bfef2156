/** The ranks of one run, and what carries their messages: MPI, or the threads of one process. */
package org.zowarmup.executor.ranks;
