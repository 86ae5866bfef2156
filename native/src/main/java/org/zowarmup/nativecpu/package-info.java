/**
 * The C++ kernels of the CPU device, bound through JavaCPP; used by {@code org.zowarmup.device.cpu}
 * alone.
 */
package org.zowarmup.nativecpu;
