/** ZOWarmUp beside ND4J, DL4J and DJL. */
package org.zowarmup.bench.jvm;
